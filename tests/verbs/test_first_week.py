"""What goes wrong around a Stack in a first week: the class, the place, and a fix that cures it when it is typed.

Mistakes in the code and its values, as real Terraform says them, are in tests/e2e/test_first_week.py.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.e2e.product import Done
from tests.integration import console
from tests.verbs import fake_aws
from tests.verbs.world import World

from infragate.adapters.local import own_folder

PLAN, APPLY = ("plan", "--env", "dev"), ("apply", "--env", "dev")
STACK = "infra/envs/dev"


def typed(dev: World, command: str) -> None:
    """Type the command that `fix` gives: ours in this process, any other in a shell in the checkout."""
    words = shlex.split(command)
    if words[0] == "infragate":
        done = dev.run(*words[1:])
        assert done.code == 0, done.err
        return
    environment = {**dev.environment(), "PATH": f"{dev.environment()['PATH']}:/usr/bin"}
    subprocess.run(words, cwd=dev.root, env=environment, check=True, capture_output=True)


def fix(done: Done) -> str:
    return done.error[2].removeprefix("fix: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake whose fix is a command.

    Attributes:
        happens: how it comes about.
        command: what `fix` says first; typed, it cures.
    """

    name: str
    happens: Callable[[World], object]
    words: tuple[str, ...] = PLAN
    code: int
    where: str
    command: str


def lost(name: str) -> Callable[[World], object]:
    return lambda dev: (dev.stack / name).unlink()


def removed(dev: World) -> None:
    shutil.rmtree(dev.stack)


def never_planned(dev: World) -> None:
    for path in (own_folder.path(dev.root) / "aws" / "dev").glob("plan.tfplan*"):
        path.unlink()


def edited_after_the_plan(dev: World) -> None:
    dev.ok(*PLAN)
    dev.edit(dev.stack / "dev.tfvars", 'service_version = "1.2"', 'service_version = "1.3"')


MISTAKES = [
    Mistake(
        name="values removed",
        happens=lost("dev.tfvars"),
        code=3,
        where=STACK,
        command=f"git checkout -- {STACK}/dev.tfvars",
    ),
    Mistake(
        name="provider lock removed",
        happens=lost(".terraform.lock.hcl"),
        code=3,
        where=STACK,
        command=f"git checkout -- {STACK}/.terraform.lock.hcl",
    ),
    Mistake(name="Stack removed", happens=removed, code=3, where=STACK, command=f"git checkout -- {STACK}"),
    Mistake(
        name="apply without a plan",
        happens=never_planned,
        words=APPLY,
        code=3,
        where="aws/dev",
        command="infragate plan --env dev",
    ),
    Mistake(
        name="stale plan",
        happens=edited_after_the_plan,
        words=APPLY,
        code=7,
        where=STACK,
        command="infragate plan --env dev",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_command_in_the_fix_cures_the_mistake(dev: World, mistake: Mistake) -> None:
    mistake.happens(dev)
    done = dev.run(*mistake.words)
    assert done.code == mistake.code, done.err
    assert mistake.where in done.error[1]
    assert fix(done).startswith(mistake.command)
    typed(dev, mistake.command)
    dev.ok(*mistake.words)


@pytest.mark.parametrize(
    ("words", "more", "code", "says"),
    [
        (("plan", "--env", "dve"), {}, 3, "did you mean --env dev?"),
        (("plan",), {}, 3, "add --env with one of: dev, stg, prod"),
        (PLAN, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, 3, "unset"),
        (PLAN, {"TF_VAR_service_version": "1"}, 3, "unset TF_VAR_service_version"),
        ((*PLAN, "--expect-commit", "0" * 40), {}, 7, "git checkout 000000"),
    ],
)
def test_a_mistyped_call_says_what_to_type(
    dev: World, words: tuple[str, ...], more: dict[str, str], code: int, says: str
) -> None:
    done = dev.run(*words, **more)
    assert done.code == code
    assert says in fix(done)


@pytest.mark.parametrize(
    ("text", "code", "says", "cure"),
    [
        (
            "operation error STS: GetCallerIdentity, api error ExpiredToken: The security token is expired",
            5,
            "the AWS credentials have expired",
            "aws sso login",
        ),
        ("invalid AWS Region: eu-nope-1", 3, "invalid AWS Region", "correct the configuration"),
        ("AWS account ID not allowed: 333333333333", 7, "another account", "infra/environments.yaml"),
        (
            "Error while installing hashicorp/aws v5.100.0: the local package doesn't match any of the checksums",
            7,
            "no hash of this provider for this platform",
            "infragate providers-lock",
        ),
    ],
)
def test_what_the_provider_says_before_it_reads_anything(
    dev: World, text: str, code: int, says: str, cure: str
) -> None:
    dev.record("said", "settled", error={"summary": text, "detail": ""})
    dev.order(dev="said")
    done = dev.run(*PLAN)
    assert (done.code, says in done.error[0]) == (code, True), done.err
    assert fix(done).startswith(("sign in again", "correct", cure)) or cure in fix(done)
    assert cure in fix(done)


def test_a_state_that_is_locked_names_the_holder_and_the_command_for_a_dead_one(dev: World) -> None:
    dev.ok(*PLAN)
    fake_aws.hold_lock()
    done = dev.run(*APPLY)
    assert (done.code, "root@atlantis" in done.error[0]) == (6, True)
    assert "terraform force-unlock" in fix(done)


def test_outside_a_checkout_the_way_in_is_named(dev: World) -> None:
    done = console.run(PLAN, folder=dev.home, environment={**dev.environment(), "INFRAGATE_ROOT": ""})
    assert (done.code, fix(done)) == (3, "change into your checkout, or set INFRAGATE_ROOT")


def test_no_fix_of_the_doctor_leads_to_the_doctor(dev: World) -> None:
    dev.edit(dev.root / "infra" / "environments.yaml", "org: acme", "org: [acme")
    for check in dev.run("doctor", "--json").document["result"]["checks"]:
        assert "doctor" not in (check["fix"] or "")
