"""Every attack by code is refused by the judge alone, before anything of it runs; `isolation: none`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.attacks import hostile
from tests.attacks.hostile import OPEN, Hostile
from tests.attacks.rows import ACTS, READS, Act, Read
from tests.e2e.product import Done
from tests.integration import console


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with hostile.standing(tmp_path_factory.mktemp("hostile")) as made:
        yield made


@pytest.fixture
def world(standing: Hostile) -> Iterator[Hostile]:
    yield standing
    standing.clear()


def check(world: Hostile) -> Done:
    environment = world.product.environment(**OPEN)
    return console.run(("check", "--env", "dev"), folder=world.product.root, environment=environment)


def test_the_checkout_itself_is_allowed(world: Hostile) -> None:
    assert check(world).code == 0


@pytest.mark.parametrize("attack", READS, ids=lambda attack: attack.name)
def test_a_read_is_refused_where_it_is_written(world: Hostile, attack: Read) -> None:
    world.lay({"evil.tf": hostile.configuration((attack,)), **attack.files}, attack.links)
    done = check(world)
    assert done.code == 8, done.err + done.out
    assert any(place in done.out + done.err for place in ("evil.tf:", *attack.files, *attack.links))


@pytest.mark.parametrize("attack", ACTS, ids=lambda attack: attack.name)
def test_an_act_is_refused_and_leaves_no_mark(world: Hostile, attack: Act) -> None:
    world.lay(attack.files)
    assert check(world).code in (3, 7, 8)
    done = world.product.run("plan", "--env", "dev", "--sandbox", **OPEN)
    assert done.code in (3, 7, 8), done.err
    assert not world.has_acted(attack)
