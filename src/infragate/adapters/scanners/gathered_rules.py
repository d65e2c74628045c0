"""One Rego package that gathers the results of all rules: Conftest reads the plan once for each package it evaluates.

Over the policies of this repository that is most of its time, and of a large plan's nearly all. The package also says of
each rule that it is a set of messages, and so was evaluated; Conftest itself counts anything as passed. What comes out
is in the form of Conftest's own answer over all packages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from infragate.adapters.scanners import engine_run
from infragate.adapters.scanners.rego_folder import TESTS, RegoPackage, RegoPackages
from infragate.domain.errors import BadInput

PACKAGE = "infragate_gathered"
_RULE = """
deny contains {{"msg": "result", "rule": {rule}, "result": result}} if some result in data.{path}

warn contains {{"msg": "evaluated", "rule": {rule}}} if is_set(data.{path})
"""


def files(packages: RegoPackages, place: Path) -> tuple[Path, ...]:
    """The files that Conftest must read: the policies without their tests, and the package, written to a folder.

    Raises:
        BadInput: a policy has the package's name.
    """
    if PACKAGE in packages.names:
        raise BadInput(f"the package name {PACKAGE} is taken", where=str(place), fix="rename the package")
    gathering = place / f"{PACKAGE}.rego"
    gathering.write_text(source(packages.rules))
    return (*(Path(path) for path in packages.files if not path.endswith(TESTS)), gathering)


def source(rules: Iterable[RegoPackage]) -> str:
    """The package in Rego."""
    heads = [(rule.name, head) for rule in rules for head in sorted(rule.heads)]
    return f"package {PACKAGE}\n" + "".join(
        _RULE.format(rule=json.dumps([name, head]), path=f"{name}.{head}") for name, head in heads
    )


def entries(name: str, document: list[Any], inputs: Iterable[Path], packages: RegoPackages) -> list[dict[str, Any]]:
    """Conftest's answer over this package, as if it had evaluated each package by itself.

    Raises:
        ToolFailed: a rule was not evaluated over an input, or a result is no message.
    """
    answer: dict[tuple[str, str], dict[str, Any]] = {}
    seen: set[tuple[str, str, str]] = set()
    for file, kind, about in _results(name, document):
        rule = engine_run.part(name, about, "rule", list)
        package, head = map(str, rule)
        entry = answer.setdefault(
            (file, package), {"filename": file, "namespace": package, "failures": [], "warnings": []}
        )
        if kind == "warnings":
            seen.add((file, package, head))
        else:
            said = "warnings" if head.startswith("warn") else "failures"
            entry[said].append(_result(name, f"data.{package}.{head}", about.get("result")))
    for path in inputs:
        for known in packages.rules:
            for head in known.heads:
                if (str(path), known.name, head) not in seen:
                    raise engine_run.failed(name, f"evaluated no set `{head}` of {known.name} over {path.name}")
    return list(answer.values())


def _results(name: str, document: list[Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for entry in document:
        file, package = (engine_run.part(name, entry, key, str) for key in ("filename", "namespace"))
        if package != PACKAGE:
            raise engine_run.failed(name, f"evaluated {package}, which nobody asked for")
        for kind in ("exceptions", "skipped"):
            if engine_run.part(name, entry, kind, list, []):
                raise engine_run.failed(name, f"reports {kind}")
        for kind in ("failures", "warnings"):
            for result in engine_run.part(name, entry, kind, list, []):
                yield file, kind, engine_run.part(name, result, "metadata", dict)


def _result(name: str, query: str, value: Any) -> dict[str, Any]:
    """A text, or an object with `msg` and whatever else."""
    about = {"msg": value} if isinstance(value, str) else value
    message = engine_run.part(name, about, "msg", str)
    return {"msg": message, "metadata": {**{key: about[key] for key in about if key != "msg"}, "query": query}}
