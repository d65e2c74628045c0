"""Checks a configuration file against its JSON Schema; every error names file, line and fix."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.finding import place as at
from infragate.domain.shortening import cut
from infragate.domain.suggestions import nearest

Path = tuple[str, ...]
PlaceOf = Callable[[Path], str]


def check(document: object, name: str, place: PlaceOf) -> None:
    """Check a decoded document against `schemas/NAME.schema.json`.

    Args:
        place: file and line of a key, given as its path.
    """
    if not isinstance(document, dict) or "schema_version" not in document:  # of another program: it may hold a secret
        raise BadInput("the file: 'schema_version' is a required property", where=place(()), fix="correct the file")
    if _is_valid(document, name):
        return
    from jsonschema.exceptions import best_match

    errors = list(_validator(name).iter_errors(document))
    if not errors:
        return
    findings = [finding for error in errors for finding in _findings(best_match([error]), name, place)]
    findings.sort(key=lambda finding: finding.line or 0)
    first = _findings(best_match(errors), name, place)[0]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    raise BadInput(first.message + more, where=first.where, fix=first.fix).listing(findings)


def _findings(error: Any, name: str, place: PlaceOf) -> list[Finding]:
    """A complaint for each place of one error; several unknown keys are one error of the schema."""
    keys = _unknown(error) if error.validator == "additionalProperties" else [_key(error)]
    path = tuple(str(part) for part in error.absolute_path)
    findings = []
    for key in keys:
        file, line = at(place(path if key is None else (*path, key)))
        findings.append(
            Finding(
                id=f"schema/{error.validator}",
                source=name,
                message=f"{'.'.join(path) or 'the file'}: {_message(error, key)}",
                file=file,
                line=line,
                fix=_fix(error, key, name),
            )
        )
    return findings


def _is_valid(document: object, name: str) -> bool:
    """True if the document is valid; False if it is not, or if this quick check cannot say so.

    jsonschema, whose errors say what is wrong, needs 70 ms to be imported, a seventh of a small verb; jsonschema-rs 10.
    """
    try:
        return bool(_quick(name).is_valid(document))
    except ValueError:  # a value that JSON does not have, such as a date of YAML
        return False


@cache
def _quick(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(_schema(name))


@cache
def _schema(name: str) -> Any:
    return json.loads(resources.files("infragate").joinpath(f"schemas/{name}.schema.json").read_text(encoding="utf-8"))


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    strict = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    return strict(_schema(name))


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    """`pattern` as JSON Schema defines it; Python's `$` would accept a line break at the end."""
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and (value.endswith("\n") or not re.search(pattern, value)):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _key(error: Any) -> str | None:
    """The key, if the key itself is wrong."""
    return str(error.instance) if "propertyNames" in error.absolute_schema_path else None


def _message(error: Any, key: str | None) -> str:
    """A `title` beside a pattern describes it."""
    if error.validator == "additionalProperties":
        return f"unknown key {key!r}"
    if error.validator == "pattern":
        form = error.schema.get("title")
        meant = f"is not {form}" if form else f"does not have the form {error.validator_value}"
        return cut(f"{error.instance!r} {meant}", 300)
    return cut(str(error.message), 300)


def _fix(error: Any, key: str | None, name: str) -> str:
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        hint = nearest(str(key), known)
        return f"did you mean {hint}?" if hint else f"remove it; the keys are {', '.join(known)}"
    if error.validator == "type" and error.validator_value == "string":
        return "put the value in quotes"
    if list(error.absolute_path) == ["schema_version"]:
        return "update infragate"
    return f"correct that value; the schema is src/infragate/schemas/{name}.schema.json"


def _unknown(error: Any) -> list[str]:
    return [str(key) for key in error.instance if key not in error.schema.get("properties", {})]
