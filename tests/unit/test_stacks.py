"""The Stacks of FileFlow: one shape, what differs is values and pins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infragate.adapters.terraform import hcl

STACKS = Path(__file__).parents[2] / "infra" / "envs"
ENVIRONMENTS = ("dev", "stg", "prod")
SAME = ("providers.tf", "variables.tf", "versions.tf", ".terraform.lock.hcl")
PIN = re.compile(r"modules/(?P<module>\w+)\?ref=(?P<tag>v[0-9.]+)")
LIFECYCLE = re.compile(r"\n  #[^\n]*\n  lifecycle \{\n    prevent_destroy = true\n  \}\n")


def pins(environment: str) -> dict[str, str]:
    text = (STACKS / environment / "main.tf").read_text()
    return {found["module"]: found["tag"] for found in PIN.finditer(text)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_stack_is_six_files_and_its_provider_lock(environment: str) -> None:
    files = {path.name for path in (STACKS / environment).iterdir() if path.is_file()}
    assert files == {*SAME, "backend.tf", "main.tf", f"{environment}.tfvars"}


@pytest.mark.parametrize("name", SAME)
def test_what_does_not_depend_on_the_environment_is_the_same(name: str) -> None:
    assert len({(STACKS / environment / name).read_bytes() for environment in ENVIRONMENTS}) == 1


def test_main_tf_differs_in_pins_and_in_what_protects_prod() -> None:
    texts = {environment: (STACKS / environment / "main.tf").read_text() for environment in ENVIRONMENTS}
    assert LIFECYCLE.search(texts["prod"])
    assert len({PIN.sub("", LIFECYCLE.sub("", text)) for text in texts.values()}) == 1


def test_the_backend_differs_in_its_key() -> None:
    texts = {(STACKS / name / "backend.tf").read_text().replace(f"fileflow/{name}/", "") for name in ENVIRONMENTS}
    assert len(texts) == 1


def test_each_environment_has_pins_of_its_own() -> None:
    assert set(pins("dev").values()) == {"v0.6.1"} == set(pins("stg").values())
    assert pins("prod") == {**pins("dev"), "alarms": "v0.6.0"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_module_is_pinned_to_a_release(environment: str) -> None:
    called = [block for file in hcl.read_folder(STACKS / environment) for block in file.of_kind("module")]
    sources = [found.literal.value for block in called if (found := block.attribute("source")) and found.literal]
    assert len(sources) == len(called)
    assert all(PIN.search(source) for source in sources)
