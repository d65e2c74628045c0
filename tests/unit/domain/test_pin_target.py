"""Which tag a pin goes to, and which pins stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.errors import BadInput
from infragate.domain.modules import pin_target, release_tag
from infragate.domain.modules.pin_target import Direction, Kept, Pin, Unordered

COMMITS = {"v0.6.0": "6" * 40, "v0.6.1": "61" * 20, "v0.7.0": "7" * 40, "stable": "7" * 40}
MONO = {f"{module}/v1.{minor}.0": f"{minor}{module}" * 20 for module in "ab" for minor in range(3)}
Target = str | Kept | Unordered


def pin(ref: str, *tags: str, name: str = "rds", selected: bool = False) -> Pin:
    return Pin(
        module=name,
        name=name,
        where="infra/envs/prod/main.tf:1",
        repository="https://h/r.git",
        ref=ref,
        tags=tags or (ref,),
        selected=selected,
    )


def target(wanted: str, of: Pin, direction: Direction = "rollback", tags: dict[str, str] = COMMITS) -> Target:
    return pin_target.of(wanted, of, tags, direction)


def reason(kept: Target) -> str:
    assert isinstance(kept, Kept)
    return kept.reason


def test_a_rollback_takes_back_what_is_newer_and_leaves_what_is_older() -> None:
    assert target("v0.6.1", pin("v0.7.0")) == "v0.6.1"
    assert reason(target("v0.6.1", pin("v0.6.0"))) == "it is older than v0.6.1"
    assert reason(target("v0.6.1", pin("v0.6.1"))) == "already there"


def test_a_pin_by_commit_is_as_new_as_the_newest_tag_there() -> None:
    assert target("v0.6.1", pin("7" * 40, "v0.7.0", "stable")) == "v0.6.1"
    assert reason(target("v0.6.1", pin("6" * 40, "v0.6.0"))) == "it is older than v0.6.1"
    assert reason(target("v0.6.1", pin("61" * 20, "v0.6.1"))) == "already there"


@pytest.mark.parametrize("of", [pin("stable"), pin("f" * 40, name="x"), pin("v0.6.1+2")])
def test_what_has_no_order_is_not_guessed(of: Pin) -> None:
    assert isinstance(target("v0.6.1", of), Unordered)


def test_an_upgrade_never_goes_back() -> None:
    assert target("v0.7.0", pin("v0.6.0"), "upgrade") == "v0.7.0"
    assert reason(target("v0.6.1", pin("v0.7.0"), "upgrade")) == "it is newer than v0.6.1"
    assert target("latest", pin("v0.6.0"), "upgrade") == "v0.7.0"
    assert target("~> 0.6.0", pin("v0.6.0"), "upgrade") == "v0.6.1"


def test_a_tag_of_one_module_of_a_monorepo_moves_that_module_only() -> None:
    assert target("a/v1.1.0", pin("a/v1.0.0", name="a"), "upgrade", MONO) == "a/v1.1.0"
    assert "b/..." in reason(target("a/v1.1.0", pin("b/v1.0.0", name="b"), "upgrade", MONO))
    assert "b/..." in reason(target("a/v1.1.0", pin("0b" * 20, "b/v1.0.0", name="b"), "upgrade", MONO))


def test_a_commit_without_a_tag_belongs_to_the_module_of_its_folder() -> None:
    bare = "f" * 40
    assert isinstance(target("a/v1.1.0", pin(bare, "x", name="a"), "upgrade", MONO), Unordered)
    assert "no release of a/" in reason(target("a/v1.1.0", pin(bare, "x", name="b"), "upgrade", MONO))


def test_the_newest_of_a_monorepo_is_that_of_the_module() -> None:
    assert target("latest", pin("b/v1.0.0"), "upgrade", MONO) == "b/v1.2.0"
    assert target("< 1.2", pin("b/v1.0.0"), "upgrade", MONO) == "b/v1.1.0"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("v0.7", "there is no release"), ("~> 3.0", "no release fits"), ("~> x", "not a version constraint")],
)
def test_what_is_not_there_is_refused(wanted: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        target(wanted, pin("v0.6.0"), "upgrade")


@pytest.mark.parametrize(
    ("direction", "of", "said"),
    [
        ("rollback", pin("v0.6.0"), "never moves a pin forward"),
        ("upgrade", pin("v0.7.0"), "v0.7.0 to v0.6.1 is not an upgrade"),
        ("downgrade", pin("v0.6.0"), "v0.6.0 to v0.6.1 is not a downgrade"),
    ],
)
def test_a_change_that_moves_nothing_its_way_is_refused(direction: Direction, of: Pin, said: str) -> None:
    kept = target("v0.6.1", of, direction)
    assert isinstance(kept, Kept)
    with pytest.raises(BadInput, match=said):
        pin_target.refuse_nothing_to_move("v0.6.1", [kept], direction)


def test_a_change_that_has_been_made_is_not_refused() -> None:
    kept = [target("v0.6.1", pin("v0.6.1")), target("v0.6.1", pin("v0.6.0"))]
    pin_target.refuse_nothing_to_move("v0.6.1", [stays for stays in kept if isinstance(stays, Kept)], "rollback")


VERSIONS = st.from_regex(r"((a|b)/)?v?[0-3](\.[0-3]){0,2}(-(rc|beta)\.?[0-3])?", fullmatch=True)


@given(st.lists(VERSIONS, min_size=2, unique=True), st.data())
def test_a_rollback_never_yields_a_newer_release(tags: list[str], data: st.DataObject) -> None:
    commits = {tag: f"{number:040x}" for number, tag in enumerate(tags)}
    wanted, before = data.draw(st.sampled_from(tags)), data.draw(st.sampled_from(tags))
    by_commit = data.draw(st.booleans())
    result = target(wanted, pin(commits[before] if by_commit else before, before), "rollback", commits)
    old, new = release_tag.parse(before), release_tag.parse(wanted)
    assert old is not None and new is not None
    if isinstance(result, str):
        assert result == wanted
        assert (new.prefix, new < old) == (old.prefix, True)
    elif isinstance(result, Unordered):
        assert new == old
