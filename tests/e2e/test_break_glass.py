"""--break-glass: an engineer on call goes the whole way alone, and the sandbox lets them practise it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.e2e import product
from tests.e2e.product import EMERGENCY, Done, Product, stored

ON_DEV = ("--env", "dev", "--sandbox")
NEXT = "--break-glass --mfa-serial arn:aws:iam::999999999999:mfa/oncall-kim --mfa-code CODE"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("emergency") / "small", small=stored("one")) as made:
        made.ok("sandbox-up")
        yield made


@dataclass(frozen=True, slots=True)
class Night:
    """What an engineer on call types, in this order."""

    doctor: Done
    plan: Done
    apply: Done
    smoke: Done


@pytest.fixture(scope="module")
def night(checkout: Product) -> Night:
    return Night(
        doctor=checkout.ok("doctor", *ON_DEV, *EMERGENCY),
        plan=checkout.ok("plan", *ON_DEV, *EMERGENCY),
        apply=checkout.ok("apply", *ON_DEV, *EMERGENCY),
        smoke=checkout.run("smoke", *ON_DEV, *EMERGENCY),
    )


def test_doctor_asks_the_environment_under_the_break_glass_role(night: Night) -> None:
    assert "assumed-role/fileflow-dev-break-glass/alice" in night.doctor.out


@pytest.mark.parametrize("verb", ["doctor", "plan", "apply"])
def test_the_next_command_is_an_emergency_s_too(night: Night, verb: str) -> None:
    done: Done = getattr(night, verb)
    following = [line for line in (done.out + done.err).splitlines() if line.startswith("next: ")]
    assert [line.endswith(f"--sandbox {NEXT}") for line in following] == [True]


def test_the_plan_says_under_which_role_it_was_made(checkout: Product, night: Night) -> None:
    manifest = json.loads((checkout.plans / "plan.tfplan.manifest.json").read_text())
    assert manifest["role"].endswith(":role/fileflow-dev-break-glass")


def test_the_apply_is_recorded_as_break_glass(checkout: Product, night: Night) -> None:
    record = checkout.last_record()
    assert (record["purpose"], record["outcome"]) == ("break-glass", "succeeded")


def test_the_apply_says_first_when_its_keys_end(night: Night) -> None:
    before, _, after = night.apply.err.partition(", and is not renewed\n")
    assert re.search(r"ends at \d\d:\d\d UTC, in (59|60) min$", before)
    assert ("creating" in before, "creating" in after) == (False, True)


def test_smoke_reads_the_state_under_the_break_glass_role(night: Night) -> None:
    """A log group has no health: that nothing can be asked is known from the state."""
    assert night.smoke.code == 0, night.smoke.err
    assert "nothing to check" in night.smoke.out


def test_a_plan_of_the_pipeline_is_applied_under_break_glass(checkout: Product, night: Night) -> None:
    product.make_small(checkout, stored("one", 3))
    checkout.commit()
    checkout.ok("plan", *ON_DEV)
    checkout.ok("apply", *ON_DEV, *EMERGENCY)


def test_a_plan_of_break_glass_is_not_for_the_pipeline(checkout: Product, night: Night) -> None:
    checkout.ok("plan", *ON_DEV, *EMERGENCY)
    done = checkout.run("apply", *ON_DEV)
    assert done.code == 7, done.err
    assert "plan role" in done.error[0]


@pytest.mark.parametrize("verb", ["doctor", "plan", "apply", "smoke"])
def test_without_the_device_a_verb_says_in_the_sandbox_which_one_there_is(checkout: Product, verb: str) -> None:
    done = checkout.run(verb, *ON_DEV, "--break-glass")
    assert (done.code, done.error[2]) == (3, f"fix: add {' '.join(EMERGENCY[1:])}")


def test_a_device_that_is_not_one_s_own_is_refused(checkout: Product) -> None:
    foreign = "arn:aws:iam::999999999999:mfa/oncall-lee"
    done = checkout.run("plan", *ON_DEV, "--break-glass", "--mfa-serial", foreign, "--mfa-code", "123456")
    assert done.code == 5
    assert "MultiFactorAuthentication failed" in done.error[0]


def test_a_device_without_break_glass_is_refused_before_anything_is_asked(checkout: Product) -> None:
    done = checkout.run("plan", *ON_DEV, *EMERGENCY[1:])
    assert (done.code, done.error[2]) == (3, "fix: add --break-glass")


def test_doctor_under_break_glass_needs_an_environment(checkout: Product) -> None:
    assert checkout.run("doctor", "--sandbox", *EMERGENCY).code == 3


def test_a_shell_of_break_glass_opens_in_the_sandbox_as_well(checkout: Product) -> None:
    done = checkout.ok("assume", *ON_DEV, "--purpose", "break-glass", *EMERGENCY[1:], "--json")
    assert done.document["result"]["role"].endswith(":role/fileflow-dev-break-glass")


def test_the_sandbox_tells_the_device_and_its_code(checkout: Product) -> None:
    found = checkout.ok("sandbox-status", "--json").document["result"]["on_call"]
    assert found == {"mfa_serial": EMERGENCY[2], "mfa_code": EMERGENCY[4]}
