"""What a Stack depends on, for Atlantis and for `changed`: both front doors plan the same."""

from __future__ import annotations

import posixpath
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import projects

from infragate.domain.environment import project
from infragate.domain.front_doors import stack_inputs, touched
from infragate.domain.front_doors.stack_inputs import StackInputs
from infragate.domain.front_doors.touched import Side
from infragate.domain.modules import module_lock

PARTS = st.sampled_from(
    ["infra", "envs", "dev", "prod", "policy", "lib", "m", "a[1]", "b*", ".x", "x.tfvars", "main.tf"]
)
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


def matches(pattern: str, name: str) -> bool:
    """As Atlantis matches, of the forms that we write: a name itself or what is in it, and `/**/*`."""
    folder = pattern.removesuffix("/**/*")
    meant = re.sub(r"\\(.)", r"\1", folder)
    return name.startswith(f"{meant}/") or (folder == pattern and name == meant)


def planned(name: str, inputs: StackInputs, shared: tuple[str, ...]) -> bool:
    patterns = stack_inputs.when_modified(inputs, shared)
    return any(matches(posixpath.normpath(posixpath.join(inputs.directory, one)), name) for one in patterns)


@given(name=PATHS, modules=st.lists(PATHS, max_size=2), files=st.lists(PATHS, max_size=2))
def test_atlantis_plans_at_least_what_changed_names(name: str, modules: list[str], files: list[str]) -> None:
    typed = project({**projects.document(), "environments": {"dev": {"account_id": projects.DEV}}}, file="f")
    inputs = StackInputs(
        environment="dev", directory="infra/envs/dev", modules=tuple(sorted(modules)), files=tuple(sorted(files))
    )
    found = touched.reasons(
        [name], Side(project=typed, lock=module_lock.EMPTY), typed, module_lock.EMPTY, {"dev": inputs}
    )
    shared = tuple(reason.file for reason in found if reason.rule == "values")  # what render would have seen
    above = any(place.startswith(f"{name}/") for place in (inputs.directory, *modules, *files, "policy"))
    if touched.environments(found, typed) and not above:
        assert planned(name, inputs, shared)


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("infra/envs/dev/a", "infra/envs/dev", True),
        ("infra/envs/dev", "infra/envs/dev/", True),
        ("infra/envs", "infra/envs/dev", True),
        ("infra/envs/devel", "infra/envs/dev", False),
        ("infra/envs/dev", "./infra/envs/dev", True),
        ("a", ".", True),
    ],
)
def test_a_name_is_below_a_place_or_brings_it(name: str, place: str, expected: bool) -> None:
    assert stack_inputs.is_below(name, place) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("infra/all.tfvars", True),
        ("infra/envs/all.tfvars.json", True),
        ("infra/envs/dev/dev.tfvars", False),
        ("infra/envs/dev/deep/x.tfvars", False),
        ("examples/x.tfvars", False),
        ("infra/all.tf", False),
    ],
)
def test_values_are_shared_if_no_environment_has_them_alone(name: str, expected: bool) -> None:
    assert stack_inputs.is_shared_values(name, ["infra/envs/dev"]) is expected
