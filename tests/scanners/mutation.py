"""Runs the policy tests on mutants, side by side: for each, only the tests of its own file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeAlias

from tests.scanners.rego_mutants import Mutant

SECONDS = 120
LIBRARY = "lib"

Fate: TypeAlias = Literal["killed", "survived", "invalid"]
FATES: dict[int, Fate] = {0: "survived", 2: "killed", 1: "invalid"}


def fates(opa: Path, policies: Path, mutants: Sequence[Mutant], scratch: Path) -> list[tuple[Mutant, Fate]]:
    """What becomes of each mutant; `invalid` if OPA does not load it."""
    places = (scratch / str(number) for number in range(len(mutants)))
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        done = pool.map(lambda mutant, place: _fate(opa, policies, mutant, place), mutants, places)
        return list(zip(mutants, done, strict=True))


def library_of(policies: Path) -> list[Path]:
    """The files that every rule may import, without their tests."""
    return sorted(file for file in (policies / LIBRARY).glob("*.rego") if not file.stem.endswith("_test"))


def _fate(opa: Path, policies: Path, mutant: Mutant, place: Path) -> Fate:
    file = policies / mutant.file
    place.mkdir()
    (place / file.name).write_text(mutant.source, encoding="utf-8")
    others = [file.with_name(f"{file.stem}_test.rego"), *(other for other in library_of(policies) if other != file)]
    argv = [str(opa), "test", "--parallel=1", "--timeout=20s", str(place / file.name), *map(str, others)]
    ended = subprocess.run(argv, check=False, capture_output=True, timeout=SECONDS)
    shutil.rmtree(place)
    return FATES[ended.returncode]
