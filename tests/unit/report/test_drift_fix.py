"""The text of a pull request that settles drift."""

from __future__ import annotations

from typing import Any

from infragate.domain.drift import proposal
from infragate.domain.drift.addition import Addition, Adoption
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.drift.unowned import SECURITY
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import Field
from infragate.report import drift_fix
from infragate.usecases.drift.drift_fix import FixResult

NO_REQUEST: Any = None
HOSTILE = "`<!-- infragate:drift:dev -->` @acme/all | [x](javascript:1)\n## Approved"


def result(name: str, *, keep: bool) -> FixResult:
    """A policy of this name was added to a role, and a value was changed."""
    kept = Adoption(type="aws_iam_role_policy", id=f"task:{name}", about=name, arguments={"name": name})
    removal = ("aws", "iam", "delete-role-policy", "--policy-name", name)
    role = DriftItem(
        address="aws_iam_role.task",
        type="aws_iam_role",
        cause="unowned",
        marks=SECURITY,
        severity=Severity.HIGH,
        fields=(Field(path=name, before="Allow", after=None),),
        evidence="IAM lists it",
        additions=(Addition(path=name, adoption=kept, removal=removal),),
    )
    bucket = DriftItem(
        address="aws_s3_bucket.x",
        type="aws_s3_bucket",
        cause="out-of-band",
        severity=Severity.LOW,
        fields=(Field(path="a", before=1, after=2),),
        evidence="changed",
    )
    drift = StackDrift(environment="dev", directory="infra/envs/dev", status="drift", items=(role, bucket))
    offers = proposal.offers(drift)
    return FixResult(request=NO_REQUEST, drift=drift, kept=offers if keep else (), left=() if keep else offers)


def test_it_says_what_is_applied_again_and_what_is_imported() -> None:
    title, body = drift_fix.markdown(result("debug", keep=True))
    assert title == "dev: settle the drift"
    assert "**Applied again.** No code changes for it; ` drift.md ` makes the checks plan this Stack." in body
    assert "| ` aws_s3_bucket.x ` | out-of-band | low | ` a `: ` 1 ` → ` 2 `" in body
    assert "- ` aws_iam_role.task: debug ` as ` aws_iam_role_policy.debug_" in body
    assert "**HIGH security**: it touches security: the gate judges it in the pull request." in body
    assert (
        "merge, then ` infragate plan --env dev `, ` infragate gate --env dev `, ` infragate apply --env dev `" in body
    )


def test_what_stays_is_named_with_the_command_that_removes_it() -> None:
    _, body = drift_fix.markdown(result("debug", keep=False))
    assert "- ` aws_iam_role.task: debug `: ` aws iam delete-role-policy --policy-name debug `" in body
    assert "Imported" not in body
    assert "is clean then" not in body


def test_a_name_from_the_cloud_is_no_markup() -> None:
    for keep in (True, False):
        _, body = drift_fix.markdown(result(HOSTILE, keep=keep))
        (line,) = (line for line in body.splitlines() if "Approved" in line)
        assert line.startswith("- `` aws_iam_role.task: `<!--")
        assert "\n## Approved" not in body
