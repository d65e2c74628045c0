"""`module-upgrade` and `module-downgrade` over a recorded Terraform: judged in a draft, written all or none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.e2e.product import Done
from tests.verbs.world import World

UP, DOWN = ("module-upgrade", "--env", "dev"), ("module-downgrade", "--env", "dev")


def refused(done: Done, code: int, *said: str) -> None:
    assert done.code == code, done.err + done.out
    for words in said:
        assert words in "\n".join(done.error), done.err


def untouched(world: World) -> bool:
    return world.git("status", "--porcelain") == ""


def test_an_upgrade_writes_pins_and_lock_together(dev: World) -> None:
    dev.order(dev="upgrade")
    result = dev.result(*UP, "--to", "v0.7.0")
    assert result["written"]
    assert set(dev.git("diff", "--name-only").split()) == {"infra/envs/dev/main.tf", "infra/modules.lock"}
    assert "ref=v0.6.1" not in (dev.stack / "main.tf").read_text()
    assert dev.ok("modules-lock", "--check").code == 0


def test_a_dry_run_writes_nothing(dev: World) -> None:
    dev.order(dev="upgrade")
    result = dev.result(*UP, "--to", "v0.7.0", "--dry-run")
    assert (result["written"], untouched(dev)) == (False, True)


def test_one_module_is_changed_alone(dev: World) -> None:
    dev.ok(*UP, "--to", "v0.7.0", "--module", "alb")
    assert (dev.stack / "main.tf").read_text().count("ref=v0.7.0") == 1


def test_the_way_back_brings_inverse_moves(dev: World) -> None:
    dev.ok(*UP, "--to", "v0.7.0")
    dev.commit("up")
    dev.hold("upgrade")
    dev.order(dev="moves-back")
    dev.ok(*DOWN, "--to", "v0.6.1")
    moves = (dev.stack / "module_moves.tf").read_text()
    assert "from = module.rds.aws_db_instance.primary" in moves


def test_what_would_lose_a_database_is_not_written(dev: World) -> None:
    dev.order(dev="loss")
    done = dev.run(*UP, "--to", "v0.7.0", "--json")
    assert (done.code, done.document["status"]) == (8, "blocked")
    assert untouched(dev)


def test_an_input_that_callers_must_give_is_named_before_anything_is_planned(dev: World) -> None:
    text = (dev.stack / "main.tf").read_text()
    lines = [line for line in text.splitlines(keepends=True) if "data_classification" not in line]
    assert len(lines) < text.count("\n")
    (dev.stack / "main.tf").write_text("".join(lines))
    dev.commit("without")
    done = dev.run(*UP, "--to", "v0.7.0", "--json")
    assert done.code == 3
    assert "data_classification" in json.dumps(done.document["result"])


def test_all_environments_change_together_or_not_at_all(dev: World) -> None:
    dev.order(dev="upgrade", stg="create", prod="loss")
    assert dev.run("module-upgrade", "--all-envs", "--to", "v0.7.0").code == 8
    assert untouched(dev)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*DOWN, "--to", "v0.7.0"), "module-upgrade"),
        ((*UP, "--to", "v0.6.0"), "module-downgrade"),
        ((*UP, "--to", "v0.7"), "did you mean"),
        ((*UP, "--to", "v0.7.0", "--module", "rdz"), "did you mean rds"),
        (("module-upgrade", "--to", "v0.7.0"), "--all-envs"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(dev: World, words: tuple[str, ...], said: str) -> None:
    refused(dev.run(*words), 3, said)


def test_changes_that_are_not_committed_are_not_planned_over(dev: World) -> None:
    with (dev.stack / "main.tf").open("a") as file:
        file.write("# mine\n")
    refused(dev.run(*UP, "--to", "v0.7.0"), 3, "not committed", "infra/envs/dev/main.tf")


def test_a_release_that_is_there_already_changes_nothing(dev: World) -> None:
    assert not dev.result(*UP, "--to", "v0.6.1")["written"]


@pytest.mark.parametrize(("to", "tag"), [("latest", "v0.7.0"), ("~> 0.6.0", None), ("> 0.6.1", "v0.7.0")])
def test_an_upgrade_goes_to_the_newest_release_that_fits(dev: World, to: str, tag: str | None) -> None:
    dev.order(dev="upgrade")
    result = dev.result(*UP, "--to", to)
    assert {pin["release"] for pin in result["environments"][0]["pins"]} == ({tag} if tag else set())


def test_no_release_that_fits_is_said_with_those_that_there_are(dev: World) -> None:
    refused(dev.run(*UP, "--to", "~> 3.0"), 3, "no release fits '~> 3.0'", "v0.7.0")


INNER = """
module "sg" {
  source      = "git::https://github.com/org/infra.git//modules/sg?ref=v0.6.1"
  name        = "inner"
  description = "inner"
  vpc_id      = "vpc-1"
  tags        = {}
}
"""


def call_local(world: World, source: str, *stacks: str) -> Path:
    """A local module with a pin of its own, called by these Stacks; its folder."""
    for stack in stacks:
        folder = world.root / "infra" / "envs" / stack
        (folder / "app.tf").write_text(f'module "app" {{\n  source = "{source}"\n}}\n')
    inner = (folder / source).resolve()
    inner.mkdir(parents=True)
    (inner / "main.tf").write_text(INNER)
    world.ok("modules-lock")
    world.commit("a local module")
    return inner


def test_a_pin_in_a_local_module_is_moved_as_well(dev: World) -> None:
    inner = call_local(dev, "./app", "dev")
    dev.order(dev="upgrade")
    (judged,) = dev.result(*UP, "--to", "v0.7.0")["environments"]
    assert "app.sg" in {pin["module"] for pin in judged["pins"]}
    assert (inner / "main.tf").read_text() == INNER.replace("v0.6.1", "v0.7.0")
    assert judged["shared_with"] == []


def test_a_local_module_of_several_environments_is_named_and_locked_for_all(dev: World) -> None:
    call_local(dev, "../../shared/app", "dev", "stg")
    dev.order(dev="upgrade")
    done = dev.ok(*UP, "--to", "v0.7.0", "--module", "app")
    assert "also changed for stg" in done.out
    assert dev.ok("modules-lock", "--check").code == 0


def pinned(world: World, module: str, ref: str, comment: str = "") -> None:
    """Pin one module otherwise, locked and committed."""
    path = world.stack / "main.tf"
    path.write_text(re.sub(rf'(modules/{module}\?ref=)[\w./-]+"', rf'\g<1>{ref}"{comment}', path.read_text()))
    world.ok("modules-lock")
    world.commit(f"{module} at {ref}")


def test_a_tag_of_one_module_of_a_monorepo_moves_no_other_module(dev: World) -> None:
    repository = str(dev.home / "modules.git")
    tags = {f"{module}/{version}": version for module in ("alb", "rds") for version in ("v0.6.1", "v0.7.0")}
    for tag, version in tags.items():
        dev.git("-C", repository, "tag", tag, f"{version}^{{commit}}")
    for module in ("alb", "rds"):
        pinned(dev, module, f"{module}/v0.6.1")
    dev.order(dev="upgrade")
    (judged,) = dev.result(*UP, "--to", "alb/v0.7.0")["environments"]
    assert {pin["module"] for pin in judged["pins"]} == {"alb"}
    assert "its releases are tagged rds/..." in {pin["reason"] for pin in judged["kept"]}
    dev.commit("alb moved")
    refused(dev.run(*UP, "--to", "alb/v0.7.0", "--module", "rds"), 3, "rds: its releases are tagged rds/...")
    for tag in tags:
        dev.git("-C", repository, "tag", "-d", tag)


def test_a_pin_by_commit_stays_one_and_its_comment_names_the_new_release(dev: World) -> None:
    old, new = (
        dev.git("-C", str(dev.home / "modules.git"), "rev-parse", f"{tag}^{{commit}}") for tag in ("v0.6.1", "v0.7.0")
    )
    pinned(dev, "alb", old, " # aws 5.0, v0.6.1")
    dev.ok(*UP, "--to", "v0.7.0", "--module", "alb")
    assert f'modules/alb?ref={new}" # aws 5.0, v0.7.0\n' in (dev.stack / "main.tf").read_text()
