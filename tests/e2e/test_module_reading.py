"""Generated configurations: the module calls that we read are those that real Terraform resolves.

INFRAGATE_TEST_CONFIGURATIONS sets how many are tried (CONTRIBUTING.md).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from tests.e2e.generated_modules import Folder, configurations
from tests.e2e.terraform_get import get

from infragate.adapters.modules import module_calls
from infragate.domain.errors import BadInput

COUNT = int(os.environ.get("INFRAGATE_TEST_CONFIGURATIONS", "150"))
BATCH = 250  # configurations of one call of Terraform


def generated(count: int) -> list[Folder]:
    folders: list[Folder] = []

    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(configurations())
    def collect(folder: Folder) -> None:
        folders.append(folder)

    collect()
    return folders


def test_the_calls_of_generated_configurations_are_those_that_terraform_resolves(tmp_path: Path) -> None:
    folders, compared, differing = generated(COUNT), 0, []
    for start in range(0, len(folders), BATCH):
        stack = tmp_path / f"stack{start}"
        batch = {f"c{start + number}": folder for number, folder in enumerate(folders[start : start + BATCH])}
        sources = resolved(batch, stack, tmp_path / "got")
        for name in sources.keys() & batch.keys():
            compared += 1
            read, expected = calls(stack / name, stack), listed(sources, name)
            if read != expected:
                differing.append((batch[name], read, expected))
    assert not differing, "\n".join(map(str, differing[0]))
    assert compared > 0.7 * len(folders)


def resolved(batch: dict[str, Folder], stack: Path, place: Path) -> dict[str, str]:
    """Terraform's sources for all configurations that it accepts, by key; each is a local module of one Stack."""
    for name, folder in batch.items():
        folder.write(stack / name)
    return accepted(sorted(batch), stack, place)


def accepted(names: list[str], stack: Path, place: Path) -> dict[str, str]:
    """Terraform lists nothing beside a module that has errors, so those are left out."""
    blocks = (f'module "{name}" {{\n  source = "./{name}"\n}}\n' for name in names)
    (stack / "main.tf").write_text("".join(blocks))
    got = get(place, stack)
    if not got.stderr:
        return {key: entry["Source"] for key, entry in got.modules.items()}
    refused = set(re.findall(r"\bc\d+(?=/)", got.stderr)) & set(names)
    if refused:
        return accepted([name for name in names if name not in refused], stack, place)
    if len(names) < 2:  # an error without a place
        return {}
    middle = len(names) // 2
    return accepted(names[:middle], stack, place) | accepted(names[middle:], stack, place)


def listed(sources: dict[str, str], name: str) -> dict[str, str]:
    """Terraform's sources below a configuration."""
    return {key.removeprefix(f"{name}."): source for key, source in sources.items() if key.startswith(f"{name}.")}


def calls(folder: Path, root: Path) -> dict[str, str] | str:
    try:
        read = module_calls.read_all(folder, relative_to=root)
    except BadInput as refused:
        return f"{refused.message} {refused.where}"
    return {key: call.source.resolved if call.source else "" for key, call in read.items()}
