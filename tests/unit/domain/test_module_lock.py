"""The module lock: its text, and what becomes of each pin."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.errors import Integrity
from infragate.domain.modules import module_lock, module_source, module_states
from infragate.domain.modules.module_lock import Fetched, ModuleLock, ModulePin
from infragate.domain.modules.module_states import PinState

DEV, PROD = "infra/envs/dev", "infra/envs/prod"
COMMIT, OTHER = "a" * 40, "b" * 40
TREE, OTHER_TREE = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"
ADDRESS = "https://h/infra.git//modules/rds"


def pin(**changes: Any) -> ModulePin:
    return replace(ModulePin(source=ADDRESS, ref="v1.0.0", commit=COMMIT, tree=TREE, stacks=(DEV,)), **changes)


def fetched(written: str = f"git::{ADDRESS}?ref=v1.0.0", **changes: Any) -> Fetched:
    return replace(Fetched(module="rds", source=module_source.parse(written), commit=COMMIT, tree=TREE), **changes)


def one_state(lock: ModuleLock, *modules: Fetched) -> PinState:
    (state,) = module_states.verified(lock, modules, DEV)
    return state


LOCK = ModuleLock(pins=(pin(),))

HEX = st.text("0123456789abcdef", min_size=40, max_size=40)
PINS = st.builds(
    ModulePin,
    source=st.from_regex(r"https://h/[a-z]{1,4}\.git(//[a-z]{1,4})?", fullmatch=True),
    ref=st.text(min_size=1, max_size=8).filter(lambda text: not any(0xD800 <= ord(one) <= 0xDFFF for one in text)),
    commit=HEX,
    tree=HEX.map(lambda text: f"sha256:{text}{'0' * 24}"),
    stacks=st.lists(st.sampled_from((DEV, PROD, "infra/envs/stg")), min_size=1, unique=True).map(
        lambda names: tuple(sorted(names))
    ),
)
LOCKS = st.lists(PINS, max_size=6, unique_by=lambda one: one.key).map(
    lambda pins: ModuleLock(pins=tuple(sorted(pins, key=lambda pin: pin.key)))
)


@given(LOCKS)
def test_what_is_written_is_read_again(lock: ModuleLock) -> None:
    assert module_lock.parse(lock.text()) == lock


@given(LOCKS, st.randoms())
def test_the_text_does_not_depend_on_an_order(lock: ModuleLock, chance: Random) -> None:
    pins = list(lock.pins)
    chance.shuffle(pins)
    assert ModuleLock(pins=tuple(pins)).text() == lock.text()


def test_a_new_pin_adds_lines_and_changes_none() -> None:
    before = LOCK.text().splitlines()
    after = ModuleLock(pins=(pin(), pin(ref="v1.1.0"))).text().splitlines()
    assert [line for line in before if line not in after and f"{line}," not in after] == []
    assert len(after) == len(before) + 9


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-20],
        lambda text: "[]",
        lambda text: "null",
        lambda text: "[" * 100_000,
        lambda text: text.replace('"pins"', '"pens"'),
        lambda text: text.replace('"schema_version": 2', '"schema_version": 3'),
        lambda text: text.replace('"schema_version": 2', '"schema_version": "2"'),
        lambda text: f"<<<<<<< HEAD\n{text}",
        lambda text: text.replace(COMMIT, COMMIT[:12]),
        lambda text: text.replace(COMMIT, "-" * 40),
        lambda text: text.replace(f'"{COMMIT}"', "null"),  # only a registry module has no commit
        lambda text: text.replace("sha256:", "md5:"),
        lambda text: text.replace('"ref": "v1.0.0"', '"ref": ""'),
        lambda text: text.replace('"ref": "v1.0.0"', '"ref": 1'),
        lambda text: text.replace('"ref": "v1.0.0"', '"ref": "v1.0.0", "trust": true'),
        lambda text: text.replace(f'"{DEV}"', ""),
        lambda text: json.dumps({"schema_version": 2, "pins": json.loads(text)["pins"] * 2}),
    ],
)
def test_a_damaged_lock_is_an_integrity_error_that_names_the_file(change: Callable[[str], str]) -> None:
    with pytest.raises(Integrity, match="damaged") as refused:
        module_lock.parse(change(LOCK.text()))
    assert refused.value.where == "infra/modules.lock"


@pytest.mark.parametrize(
    ("module", "state"),
    [
        (fetched(), "ok"),
        (fetched(commit=None), "ok"),  # a copy without its clone: its content speaks
        (fetched(commit=OTHER), "moved"),
        (fetched(commit=OTHER, tree=OTHER_TREE), "moved"),
        (fetched(tree=OTHER_TREE), "tampered"),
        (fetched(commit=None, tree=OTHER_TREE), "tampered"),
        (fetched(tree=None), "tampered"),
        (fetched(problem="a link leads out"), "tampered"),
        (fetched(unpinned="a branch"), "unpinned"),
        (fetched("https://h/m.zip", commit=None, tree=None), "unpinned"),
    ],
)
def test_a_locked_pin_is_ok_only_as_it_was_locked(module: Fetched, state: str) -> None:
    judged = module_states.verified(LOCK, [module], DEV)[0]
    assert judged.state == state
    assert bool(judged.detail) is (state != "ok")


def test_a_pin_of_another_stack_is_not_one_of_this_stack() -> None:
    assert one_state(ModuleLock(pins=(pin(stacks=(PROD,)),)), fetched()).state == "unlocked"


def test_a_ref_that_is_not_locked_is_said_with_what_is_locked_and_gone() -> None:
    states = module_states.verified(LOCK, [fetched(f"git::{ADDRESS}?ref=v2.0.0")], DEV)
    assert [(one.ref, one.state) for one in states] == [("v2.0.0", "unlocked"), ("v1.0.0", "missing")]


def test_a_local_module_is_part_of_the_checkout() -> None:
    assert one_state(module_lock.EMPTY, fetched("./m", commit=None, tree=None)).state == "local"


def of_registry(**changes: Any) -> Fetched:
    return fetched("hashicorp/consul/aws//modules/x", **{"commit": None, "version": "1.2.3", **changes})


def test_a_registry_module_is_locked_by_its_version_and_its_content() -> None:
    lock = module_lock.of_fetched({DEV: [of_registry()]})
    (pin,) = lock.pins
    address = "registry.terraform.io/hashicorp/consul/aws//modules/x"
    assert (pin.source, pin.ref, pin.commit, pin.tree) == (address, "1.2.3", None, TREE)
    assert module_lock.parse(lock.text()) == lock
    assert one_state(lock, of_registry()).state == "ok"
    assert one_state(lock, of_registry(tree=OTHER_TREE)).state == "tampered"
    assert one_state(lock, of_registry(unpinned="any version")).state == "unpinned"
    assert one_state(module_lock.EMPTY, of_registry()).state == "unlocked"


def test_a_registry_that_has_other_files_for_a_version_is_named_with_both_digests() -> None:
    old, new = (module_lock.of_fetched({DEV: [of_registry(tree=tree)]}).pins[0] for tree in (TREE, OTHER_TREE))
    message = module_lock.moved_tag(old, new, fix="x").message
    assert "version 1.2.3" in message
    assert TREE in message
    assert OTHER_TREE in message


def old_lock() -> str:
    return LOCK.text().replace('"schema_version": 2', '"schema_version": 1')


def test_a_lock_of_the_old_format_is_compared_by_its_commits() -> None:
    (old,) = module_lock.parse(old_lock()).pins
    assert old.has_content_of(pin(tree=OTHER_TREE))
    assert not old.has_content_of(pin(commit=OTHER))


def test_the_same_commit_with_another_digest_is_not_called_a_moved_tag() -> None:
    message = module_lock.moved_tag(pin(), pin(tree=OTHER_TREE), fix="x").message
    assert "was moved" not in message
    assert "converts line ends" in message
    assert message.count(COMMIT) == 1


def test_a_call_that_is_no_pin_is_told_with_its_place_and_without_its_consequences() -> None:
    branch = fetched(f"git::{ADDRESS}?ref=main", unpinned="main is a branch", where="infra/envs/dev/main.tf:3")
    new = fetched("git::https://h/new.git?ref=v1", module="new")
    first, other = module_states.findings(module_states.verified(LOCK, [branch, new], DEV))
    assert (first.id, first.file, first.line) == ("module-lock/unpinned", "infra/envs/dev/main.tf", 3)
    assert other.id == "module-lock/unlocked"


def test_a_state_says_what_was_expected_and_what_was_found() -> None:
    state = one_state(LOCK, fetched(commit=OTHER, tree=OTHER_TREE))
    assert (state.expected_commit, state.commit, state.ref) == (COMMIT, OTHER, "v1.0.0")
    assert (state.expected_tree, state.tree) == (TREE, OTHER_TREE)


def test_the_lock_of_what_was_fetched_finds_it_ok() -> None:
    lock = module_lock.of_fetched({DEV: [fetched()], PROD: [fetched(), fetched("./m", commit=None, tree=None)]})
    assert lock.pins == (pin(stacks=(DEV, PROD)),)
    assert one_state(lock, fetched()).state == "ok"


def test_one_ref_with_two_contents_in_one_run_is_not_locked() -> None:
    with pytest.raises(Integrity, match="two contents"):
        module_lock.of_fetched({DEV: [fetched()], PROD: [fetched(commit=OTHER)]})


@given(LOCKS, LOCKS)
def test_changing_one_stack_leaves_what_the_others_use(lock: ModuleLock, anew: ModuleLock) -> None:
    wanted = ModuleLock(pins=tuple(replace(one, stacks=(DEV,)) for one in anew.pins))
    changed = module_lock.with_stack(lock, DEV, wanted)
    assert {one.key for one in changed.of_stack(DEV)} == {one.key for one in wanted.pins}
    assert {one.key for one in changed.of_stack(PROD)} == {one.key for one in lock.of_stack(PROD)}
    assert module_lock.with_stack(changed, DEV, wanted) == changed
