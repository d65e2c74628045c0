"""The register of exceptions: which Waivers count, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from infragate.domain.finding import Finding, Severity, Waiver
from infragate.domain.gate import waivers
from infragate.domain.gate.waivers import Register

TODAY = date(2026, 11, 26)
GOOD = Waiver(
    id="AWS-0107",
    address="module.alb.aws_lb.this",
    environment="dev",
    owner="@acme/platform",
    reason="public site",
    link="https://example.com/1",
    expires=TODAY + timedelta(days=30),
)
FINDING = Finding(id="AWS-0107", source="trivy", message="public", address="module.alb.aws_lb.this", file="a/main.tf")


def complaints(*written: Waiver, findings: tuple[Finding, ...] = (FINDING,), **about: object) -> list[Finding]:
    register = Register(file="policy/waivers.yaml", waivers=written, lines=tuple(range(3, 3 + len(written))))
    run = {"environment": "dev", "today": TODAY, "ids_run": None, **about}
    return list(register.complaints(findings, **run))  # type: ignore[arg-type]


def test_nothing_is_wrong_with_a_waiver_that_covers_a_finding() -> None:
    assert complaints(GOOD) == []
    assert waivers.counting([GOOD], today=TODAY) == (GOOD,)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expired", "ended on 2026-11-25"),
        ({"expires": TODAY + timedelta(days=91)}, "too-long", "lasts 91 more days and does not count: 90 are allowed"),
        ({"owner": "Nobody"}, "ownerless", "'Nobody' is not an owner"),
        ({"owner": "@tbd"}, "ownerless", "'@tbd' is not an owner"),
        ({"address": "module.*"}, "too-broad", "module.* covers too much"),
    ],
)
def test_a_waiver_with_a_defect_does_not_count_and_says_so(change: dict[str, object], kind: str, message: str) -> None:
    wrong = replace(GOOD, **change)  # type: ignore[arg-type]
    (complaint,) = complaints(wrong)
    assert (complaint.id, complaint.severity, complaint.where) == (
        f"waiver/{kind}",
        Severity.MEDIUM,
        "policy/waivers.yaml:3",
    )
    assert message in complaint.message
    assert wrong.owner in complaint.message
    assert complaint.fix
    assert waivers.counting([wrong, GOOD], today=TODAY) == (GOOD,)


@pytest.mark.parametrize("days", [0, 90])
def test_the_first_and_the_last_day_count(days: int) -> None:
    assert waivers.counting([replace(GOOD, expires=TODAY + timedelta(days=days))], today=TODAY)


@pytest.mark.parametrize("expires", [TODAY + timedelta(days=30), TODAY - timedelta(days=30)])
def test_a_waiver_that_covers_nothing_is_to_be_removed(expires: date) -> None:
    (complaint,) = complaints(replace(GOOD, expires=expires), findings=())
    assert (complaint.id, complaint.severity) == ("waiver/unused", Severity.LOW)


def test_a_waiver_for_all_environments_may_be_needed_by_another_one() -> None:
    assert complaints(replace(GOOD, environment=None), findings=()) == []


@pytest.mark.parametrize(("environment", "ids_run"), [("prod", None), ("dev", ("code/",))])
def test_waivers_of_another_environment_or_check_are_left_alone(environment: str, ids_run: tuple[str] | None) -> None:
    assert complaints(replace(GOOD, owner="nobody"), environment=environment, ids_run=ids_run) == []


@pytest.mark.parametrize(
    ("address", "file", "is_broad"),
    [
        ("module.*", "*", True),
        ("aws_*", "*", True),
        ("*.this", "*", True),
        ("data.*", "*", True),
        ("module.*.*", "*", True),
        ('*["blue"]', "*", True),
        ("*_lb.*", "*", True),
        ("aws_lb.*", "*", False),
        ("module.alb.*", "*", False),
        ('module.alb["*"].*', "*", False),
        ("module.*.aws_lb.this", "*", False),
        ("provider.aws", "*", False),
        ("provider.*", "*", True),
        ("*.alb_logs", "*", False),
        ("*", "infra/envs/dev/main.tf", False),
        ("*", "infra/*/main.tf", False),
        ("*", "main.tf", False),
        ("*", "infra/*", True),
        ("*", "*.tf", True),
        ("*", "*/main.tf", True),
        ("module.*", "infra/envs/dev/main.tf", False),
        ("module.*", "infra/*", True),
        ("infra/*", "*", True),
    ],
)
def test_a_waiver_must_name_something_in_full(address: str, file: str, is_broad: bool) -> None:
    assert waivers.is_broad(replace(GOOD, address=address, file=file)) is is_broad


@pytest.mark.parametrize(("name", "canonical"), [("AVD-AWS-0107", "AWS-0107"), ("CKV_AWS_18", "CKV_AWS_18")])
def test_the_old_spelling_of_an_id_is_the_same_id(name: str, canonical: str) -> None:
    entry = {"id": name, "address": "aws_lb.a", "owner": "o", "reason": "r", "link": "l", "expires": "2026-12-01"}
    assert waivers.register({"waivers": [entry]}, file="f", lines=[1]).waivers[0].id == canonical


def test_the_first_waiver_that_covers_a_finding_is_named() -> None:
    others = [replace(GOOD, id="x"), GOOD, replace(GOOD, owner="@later")]
    assert waivers.first(others, FINDING, environment="dev", today=TODAY) == GOOD
    assert waivers.first(others, replace(FINDING, address="a.b"), environment="dev", today=TODAY) is None


def test_a_waiver_of_one_check_of_checkov_covers_no_other_that_equals_the_same_one_of_trivy() -> None:
    entry = {"id": "CKV_AWS_20", "owner": "@acme/a", "reason": "r", "link": "l", "expires": "2026-12-01"}
    readable = waivers.register({"waivers": [entry]}, file="f", lines=(1,)).waivers[0]
    assert readable.also == {"AWS-0092"}
    everything = waivers.register({"waivers": [{**entry, "id": "AWS-0092"}]}, file="f", lines=(1,)).waivers[0]
    assert everything.also == {"CKV_AWS_20", "CKV_AWS_57"}
