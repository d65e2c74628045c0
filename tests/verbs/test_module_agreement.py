"""What infragate reads as module calls, and what Terraform resolved: where they differ, every verb refuses."""

from __future__ import annotations

import json

import pytest
from tests.verbs.world import World


@pytest.fixture
def dev(unapplied: World) -> World:
    return unapplied


PLAN, LOCK, VERIFY = ("plan", "--env", "dev"), ("modules-lock",), ("modules-verify", "--env", "dev")
ALARMS = "git::https://github.com/org/infra.git//modules/alarms?ref=v0.6.1"


def more_calls(world: World, name: str, text: str) -> None:
    """A file beside the Stack's; the stand-in for Terraform reads native syntax only, and comments too."""
    (world.stack / name).write_text(text)


UNSEEN = {
    "more.tf.json": json.dumps({"module": {"more": {"source": ALARMS}}}),  # infragate sees it, "Terraform" does not
    "more.tf": f'/*\nmodule "more" {{\n  source = "{ALARMS}"\n}}\n*/\n',  # the other way round
    "more_override.tf.json": json.dumps({"module": {"alarms": {"source": ALARMS.replace("alarms", "alb")}}}),
}


@pytest.mark.parametrize("name", UNSEEN)
@pytest.mark.parametrize("verb", [PLAN, LOCK, (*LOCK, "--check")], ids=" ".join)
def test_calls_that_only_one_of_both_reads_end_every_verb(dev: World, name: str, verb: tuple[str, ...]) -> None:
    more_calls(dev, name, UNSEEN[name])
    done = dev.run(*verb)
    assert (done.code, "read different module calls" in done.error[0]) == (7, True), done.err
    assert ("modules/alb" if "override" in name else "more") in done.error[0]


@pytest.mark.parametrize("name", [name for name in UNSEEN if name != "more.tf"])
def test_a_call_that_terraform_did_not_resolve_is_told_by_modules_verify(dev: World, name: str) -> None:
    more_calls(dev, name, UNSEEN[name])
    assert dev.run(*VERIFY).code == 7


def test_an_apply_after_such_a_change_of_the_code_is_refused(dev: World) -> None:
    dev.ok(*PLAN)
    more_calls(dev, "more.tf.json", UNSEEN["more.tf.json"])
    assert dev.run("apply", "--env", "dev").code == 7


def test_a_call_that_is_gone_from_the_code_is_told_by_every_verb(dev: World) -> None:
    text = (dev.stack / "main.tf").read_text()
    start = text.index('module "alarms"')
    (dev.stack / "main.tf").write_text(text[:start] + text[text.index("\n}\n", start) + 3 :])
    codes = {verb[0]: dev.run(*verb).code for verb in (PLAN, VERIFY, (*LOCK, "--check"))}
    assert codes == {"plan": 7, "modules-verify": 7, "modules-lock": 7}
    assert dev.run("apply", "--env", "dev").code != 0


@pytest.mark.parametrize(("ref", "said"), [("?ref=main", "ref main is a branch"), ("", "has no ref")])
def test_a_branch_in_a_plan_is_bad_input_with_file_and_line(dev: World, ref: str, said: str) -> None:
    dev.edit(dev.stack / "main.tf", ALARMS, ALARMS.replace("?ref=v0.6.1", ref))
    text = (dev.stack / "main.tf").read_text()
    line = text[: text.index('module "alarms"')].count("\n") + 1
    for verb in (PLAN, LOCK, VERIFY):
        done = dev.run(*verb)
        assert done.code == 3, done.err
    done = dev.run(*PLAN)
    assert said in done.error[0]
    assert done.error[1] == f"where: infra/envs/dev/main.tf:{line}"
