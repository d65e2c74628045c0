"""Runs the policy tests on mutants, side by side: for each, only the tests of its own file.

`opa eval` of the package of tests does in one query what `opa test` does in a query for each test, in half the time. A test
is a rule `test_...`: it is true, or has one key for each case. Whatever is there for the file and not for its mutant failed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tests.scanners.rego_mutants import Mutant

SECONDS = 120
IMPORT = re.compile(r"^import data\.infragate\.lib\.(\w+)", re.MULTILINE)
PACKAGE = re.compile(r"^package (\S+)", re.MULTILINE)
# No program lives long enough to need a collection of garbage.
ENVIRONMENT = {"GOGC": "off", "GOMAXPROCS": "1", "GOMEMLIMIT": "500MiB"}

Fate: TypeAlias = Literal["killed", "survived", "invalid"]


def fates(opa: Path, policies: Path, mutants: Sequence[Mutant], scratch: Path) -> list[tuple[Mutant, Fate]]:
    """What becomes of each mutant; `invalid` if OPA does not load it."""
    places = (scratch / f"{number}.rego" for number in range(len(mutants)))
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        done = pool.map(lambda mutant, place: _fate(opa, policies, mutant, place), mutants, places)
        return list(zip(mutants, done, strict=True))


def library_of(policies: Path, text: str) -> set[Path]:
    """The files of the library that a text imports, and what they import."""
    files = {policies / "lib" / f"{name}.rego" for name in IMPORT.findall(text)}
    return files.union(*(library_of(policies, file.read_text(encoding="utf-8")) for file in files))


def _fate(opa: Path, policies: Path, mutant: Mutant, place: Path) -> Fate:
    place.write_text(mutant.source, encoding="utf-8")
    file = policies / mutant.file
    results = _results(opa, policies, file, place)
    place.unlink()
    if results is None:
        return "invalid"
    return "survived" if results == _expected(opa, policies, file) else "killed"


@cache
def _expected(opa: Path, policies: Path, file: Path) -> dict[str, Any]:
    results = _results(opa, policies, file, file)
    assert results, f"{file} has no tests that pass"
    return results


def _results(opa: Path, policies: Path, file: Path, mutated: Path) -> dict[str, Any] | None:
    """The tests that pass with another text for a file; None if OPA does not load it."""
    tests = file.with_name(f"{file.stem}_test.rego")
    text = tests.read_text(encoding="utf-8")
    library = library_of(policies, mutated.read_text(encoding="utf-8") + text) - {file}
    loaded = [f"--data={path}" for path in (mutated, tests, *library)]
    package = PACKAGE.findall(text)[0]
    argv = [str(opa), "eval", "--strict-builtin-errors", "--format=json", *loaded, f"data.{package}"]
    ended = subprocess.run(argv, check=False, capture_output=True, timeout=SECONDS, env=ENVIRONMENT)
    answer = json.loads(ended.stdout)
    if "result" not in answer:
        return None if answer["errors"][0]["code"].startswith("rego_") else {}
    package_value = answer["result"][0]["expressions"][0]["value"]
    return {name: value for name, value in package_value.items() if name.startswith("test_")}
