"""Which parts a checkout wants seeded, and who is made for it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from infragate.adapters.local import environments_file, policy_templates
from infragate.domain.bootstrap.role_policies import TEMPLATE_NAMES
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.sandbox import backend, identities, seed

ROOT = Path(__file__).parents[3]
PARTS = (seed.CALLERS, seed.BASELINE, seed.BACKEND)


@pytest.fixture
def project() -> Project:
    return environments_file.load(ROOT)


def test_a_new_sandbox_lacks_every_part(project: Project) -> None:
    assert seed.plan(ROOT, project, bare=False).missing({}) == PARTS


def test_a_bare_sandbox_has_no_backend(project: Project) -> None:
    assert seed.plan(ROOT, project, bare=True).missing({}) == (seed.CALLERS, seed.BASELINE)


def test_what_is_seeded_is_not_missing(project: Project) -> None:
    wanted = seed.plan(ROOT, project, bare=False)
    assert wanted.missing(wanted.digests) == ()


def test_a_seeding_that_was_cut_short_is_missing(project: Project) -> None:
    wanted = seed.plan(ROOT, project, bare=False)
    assert wanted.missing({**wanted.digests, seed.BACKEND: seed.STARTED}) == (seed.BACKEND,)


def test_a_bootstrapped_backend_is_nobody_else_s_business(project: Project) -> None:
    wanted = seed.plan(ROOT, project, bare=False)
    assert wanted.missing({**wanted.digests, seed.BACKEND: seed.BOOTSTRAPPED}) == ()


def test_other_settings_seed_every_part_again(project: Project) -> None:
    before = seed.plan(ROOT, project, bare=False).digests
    changed = dataclasses.replace(project, service="othersvc")
    assert seed.plan(ROOT, changed, bare=False).missing(before) == PARTS


def test_another_policy_template_seeds_the_backend_again(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / policy_templates.FOLDER
    folder.mkdir(parents=True)
    for name in TEMPLATE_NAMES:
        (folder / f"{name}.json.tftpl").write_text("{}")
    before = seed.plan(tmp_path, project, bare=False).digests
    (folder / "boundary.json.tftpl").write_text('{"Version": "2012-10-17"}')
    assert seed.plan(tmp_path, project, bare=False).missing(before) == (seed.BACKEND,)


def test_every_template_of_the_checkout_is_read() -> None:
    assert set(policy_templates.read(ROOT)) == set(TEMPLATE_NAMES)


def test_the_callers_are_those_of_the_settings(project: Project) -> None:
    who = identities.names(project)
    assert who.atlantis == "arn:aws:iam::999999999999:role/atlantis-task"
    assert who.on_call == "arn:aws:iam::999999999999:user/oncall-kim"
    assert who.accounts == ("999999999999", "111111111111", "222222222222", "333333333333")


def test_without_a_user_for_break_glass_nobody_is_on_call(project: Project) -> None:
    callers = dataclasses.replace(project.callers, break_glass_principals=("arn:aws:iam::999999999999:role/sre",))
    assert identities.names(dataclasses.replace(project, callers=callers)).on_call is None


@pytest.mark.parametrize("keys", [{}, {"x": None}, {"x": {"access_key": "a"}}])
def test_keys_that_are_not_there_are_bad_input(keys: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        identities.credentials(keys, "x")


def test_old_versions_of_the_state_are_kept_as_long_as_the_settings_say() -> None:
    rule = backend.lifecycle_rules(400)[0]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 400, "NewerNoncurrentVersions": 20}
