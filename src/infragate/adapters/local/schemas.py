"""Checks a configuration file against its JSON Schema; every error names file, line and fix."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from infragate.domain.errors import BadInput
from infragate.domain.suggestions import nearest

Path = tuple[str, ...]
PlaceOf = Callable[[Path], str]


def check(document: object, name: str, place: PlaceOf) -> None:
    """Check a decoded document against `schemas/NAME.schema.json`.

    Args:
        place: file and line of a key, given as its path.
    """
    from jsonschema.exceptions import best_match

    error = best_match(_validator(name).iter_errors(document))
    if error is None:
        return
    path = tuple(str(part) for part in error.absolute_path)
    message, key = _message(error)
    raise BadInput(
        f"{'.'.join(path) or 'the file'}: {message}",
        where=place(path if key is None else (*path, key)),
        fix=_fix(error, name),
    )


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    text = resources.files("infragate").joinpath(f"schemas/{name}.schema.json").read_text(encoding="utf-8")
    strict = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    return strict(json.loads(text))


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    """`pattern` as JSON Schema defines it; Python's `$` would accept a line break at the end."""
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and (value.endswith("\n") or not re.search(pattern, value)):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _message(error: Any) -> tuple[str, str | None]:
    """The message, and the key if the key itself is wrong; a `title` beside a pattern describes it."""
    if error.validator == "additionalProperties":
        unknown = _unknown(error)
        return f"unknown key {unknown!r}", unknown
    key = str(error.instance) if "propertyNames" in error.absolute_schema_path else None
    if error.validator == "pattern":
        form = error.schema.get("title")
        meant = f"is not {form}" if form else f"does not have the form {error.validator_value}"
        return f"{error.instance!r} {meant}"[:300], key
    return str(error.message)[:300], key


def _fix(error: Any, name: str) -> str:
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        hint = nearest(_unknown(error), known)
        return f"did you mean {hint}?" if hint else f"remove it; the keys are {', '.join(known)}"
    if error.validator == "type" and error.validator_value == "string":
        return "put the value in quotes"
    if list(error.absolute_path) == ["schema_version"]:
        return "update infragate"
    return f"correct that value; the schema is src/infragate/schemas/{name}.schema.json"


def _unknown(error: Any) -> str:
    return next(str(key) for key in error.instance if key not in error.schema.get("properties", {}))
