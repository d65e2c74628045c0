"""Every attack succeeds without walls and judge, and fails behind the walls alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from tests.attacks import hostile
from tests.attacks.hostile import OPEN, WALLS, Hostile
from tests.attacks.rows import ACTS, READS, Act

TOGETHER = tuple(attack for attack in READS if not attack.alone)
APART = tuple(attack for attack in READS if attack.alone)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with hostile.standing(tmp_path_factory.mktemp("hostile")) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Results:
    """Which attacks have succeeded, by name; said is what Terraform says of a plan that must work."""

    open: Mapping[str, bool]
    walls: Mapping[str, bool]


@pytest.fixture(scope="module")
def read(world: Hostile) -> Results:
    return Results(_read(world, OPEN), _read(world, WALLS))


@pytest.fixture(scope="module")
def acted(world: Hostile) -> Results:
    return Results(_acted(world, OPEN), _acted(world, WALLS))


def _read(world: Hostile, isolation: Mapping[str, str]) -> dict[str, bool]:
    """Which reads have seen a secret: most in one plan, the others in one of their own."""
    known = hostile.secrets(world)
    world.lay({"evil.tf": hostile.configuration(TOGETHER)})
    for attack in TOGETHER:
        world.lay(attack.files, attack.links)
    done, outputs = world.plan(**isolation)
    assert done.code == 0, done.err
    results = {attack.name: hostile.reveals(outputs.get(hostile.output_name(attack)), known) for attack in TOGETHER}
    world.clear()
    for attack in APART:
        world.lay({"evil.tf": hostile.configuration((attack,)), **attack.files}, attack.links)
        _, outputs = world.plan(**isolation)
        results[attack.name] = hostile.reveals(outputs, known)
        world.clear()
    return results


def _acted(world: Hostile, isolation: Mapping[str, str]) -> dict[str, bool]:
    results = {}
    for attack in ACTS:
        world.lay(attack.files)
        if attack.provider:
            world.add_provider()
        world.plan(**isolation)
        if attack.applies:
            world.unjudged("apply", "--env", "dev", "--sandbox", **isolation)
        results[attack.name] = world.has_acted(attack)
        world.clear()
    return results


@pytest.mark.parametrize("name", [attack.name for attack in READS])
def test_a_read_succeeds_without_defence_and_is_held_by_the_walls(read: Results, name: str) -> None:
    assert (read.open[name], read.walls[name]) == (True, False)


@pytest.mark.parametrize("attack", ACTS, ids=lambda attack: attack.name)
def test_an_act_succeeds_without_defence_and_is_held_by_the_walls(acted: Results, attack: Act) -> None:
    assert acted.open[attack.name] is (attack.held_by != "always")
    assert acted.walls[attack.name] is (attack.held_by == "judge")
