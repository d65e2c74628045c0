"""Which version a change needs, and what its notes must say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.adapters.terraform import hcl
from infragate.domain.modules import module_interface, release_rules
from infragate.domain.modules.module_interface import InterfaceChange, ModuleInterface
from infragate.domain.modules.release_rules import LEVELS, Candidate, Section, Version

V061, V062, V070 = (
    Version(major=0, minor=6, patch=1),
    Version(major=0, minor=6, patch=2),
    Version(major=0, minor=7, patch=0),
)
V123 = Version(major=1, minor=2, patch=3)
GONE = InterfaceChange(
    module="rds", kind="input removed", name="size", detail="callers that give it fail", breaking=True
)
ADDED = InterfaceChange(module="rds", kind="output added", name="arn", detail="", breaking=False)
VERSIONS = st.builds(Version, major=st.integers(0, 20), minor=st.integers(0, 20), patch=st.integers(0, 20))


def candidate(version: Version = V070, previous: Version | None = V061, *changes: InterfaceChange) -> Candidate:
    """One whose notes are complete."""
    names = " ".join(f"`{change.name}`" for change in changes)
    return Candidate(
        version=version,
        previous=previous,
        changes=changes,
        touched={"rds"},
        changelog=(Section(version=str(version), date="2026-11-10", text="- `rds`: what changed."),),
        upgrade=(Section(version=str(version), date="", text=f"{names}\nBack to {previous}: so."),),
    )


def kinds(judged: Candidate) -> list[str]:
    return [finding.message.partition(":")[0] for finding in release_rules.judge(judged)]


@pytest.mark.parametrize(
    ("previous", "changes", "level"),
    [
        (V061, (GONE, ADDED), "minor"),
        (V061, (ADDED,), "patch"),
        (V061, (), "patch"),
        (V123, (GONE, ADDED), "major"),
        (V123, (ADDED,), "minor"),
        (V123, (), "patch"),
    ],
)
def test_below_one_a_minor_version_may_break_and_a_patch_may_add(
    previous: Version, changes: tuple[InterfaceChange, ...], level: str
) -> None:
    assert release_rules.needed(previous, changes) == level


def test_a_version_that_fits_with_its_notes_has_nothing_against_it() -> None:
    assert release_rules.judge(candidate(V070, V061, GONE, ADDED)) == ()


def test_a_version_too_small_names_each_change_that_breaks() -> None:
    (found,) = release_rules.judge(candidate(V062, V061, GONE, ADDED))
    assert (found.id, found.address) == ("release-check/input-removed", "rds.size")
    assert found.message.endswith("it needs v0.7.0")


def test_from_one_on_an_addition_is_no_patch() -> None:
    (found,) = release_rules.judge(candidate(V123.next("patch"), V123, ADDED))
    assert found.message == "output added: it needs v1.3.0"


@pytest.mark.parametrize("version", [V061, Version(major=0, minor=6, patch=0), Version(major=0, minor=8, patch=0)])
def test_a_version_follows_the_one_before_it(version: Version) -> None:
    assert kinds(candidate(version)) == ["version does not follow"]


def test_the_first_release_may_have_any_version() -> None:
    assert kinds(candidate(V061, None)) == []


def test_a_release_without_a_changelog_section_is_refused() -> None:
    assert kinds(replace(candidate(), changelog=())) == ["not in the changelog"]


def test_a_changelog_section_has_a_date() -> None:
    undated = Section(version="v0.7.0", date="", text="- `rds`: what changed.")
    assert kinds(replace(candidate(), changelog=(undated,))) == ["no date in the changelog"]


def test_the_changelog_names_every_module_whose_code_changed() -> None:
    (found,) = release_rules.judge(replace(candidate(), touched={"rds", "alb"}))
    assert (found.address, found.id, found.file) == (
        "alb",
        "release-check/not-in-the-changelog",
        "modules/CHANGELOG.md",
    )


def test_the_upgrade_notes_name_what_breaks_and_the_way_back() -> None:
    found = release_rules.judge(replace(candidate(V070, V061, GONE), upgrade=()))
    assert [(one.id, one.address) for one in found] == [
        ("release-check/not-in-the-upgrade-notes", "rds.size"),
        ("release-check/no-way-back-in-the-upgrade-notes", "v0.6.1"),
    ]


def test_what_breaks_nobody_needs_no_upgrade_notes() -> None:
    assert kinds(replace(candidate(V062, V061, ADDED), upgrade=())) == []


def test_sections_are_the_headings_of_the_second_level() -> None:
    page = "# Log\n\nwords\n\n## v0.7.0 (2026-11-10)\n\n### Added\n- a\n\n## v0.6.1\nb\n"
    assert release_rules.sections(page) == (
        Section(version="v0.7.0", date="2026-11-10", text="### Added\n- a"),
        Section(version="v0.6.1", date="", text="b"),
    )
    assert release_rules.sections("") == ()


@given(VERSIONS)
def test_a_version_is_read_as_it_is_written(version: Version) -> None:
    assert release_rules.version(str(version)) == version


@given(VERSIONS, st.sampled_from(LEVELS))
def test_what_follows_is_newer(version: Version, level: release_rules.Level) -> None:
    assert version.next(level) > version


@pytest.mark.parametrize("text", ["0.7.0", "v0.7", "v0.07.0", "v0.7.0-rc1", "V0.7.0", ""])
def test_other_texts_are_no_version(text: str) -> None:
    assert release_rules.version(text) is None


def of(text: str) -> ModuleInterface:
    return module_interface.read([hcl.parse(text.encode(), name="main.tf")])


RESOURCE = 'resource "aws_sns_topic" "this" {}\n'


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (RESOURCE, "", "address removed"),
        (
            'terraform {\n  required_version = ">= 1.11"\n}',
            'terraform {\n  required_version = ">= 1.12"\n}',
            "requirement changed",
        ),
    ],
)
def test_an_address_that_vanishes_and_another_requirement_break(old: str, new: str, kind: str) -> None:
    (change,) = release_rules.compare({"topic": of(old)}, {"topic": of(new)})
    assert (change.kind, change.breaking) == (kind, True)


def test_a_moved_address_has_not_vanished() -> None:
    new = (
        RESOURCE.replace('"this"', '"topic"') + "moved {\n  from = aws_sns_topic.this\n  to = aws_sns_topic.topic\n}\n"
    )
    (change,) = release_rules.compare({"topic": of(RESOURCE)}, {"topic": of(new)})
    assert (change.kind, change.name) == ("address moved", "aws_sns_topic.this")


def test_modules_come_and_go() -> None:
    found = release_rules.compare({"old": of("")}, {"new": of("")})
    assert [(one.kind, one.breaking) for one in found] == [("module added", False), ("module removed", True)]
