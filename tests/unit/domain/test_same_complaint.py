from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.finding import Finding, Severity
from infragate.domain.gate import same_complaint

DATABASE = "module.rds.aws_db_instance.this"


def finding(identity: str, source: str, address: str | None = DATABASE, **more: object) -> Finding:
    base = Finding(id=identity, source=source, message=f"{source} says {identity}", address=address)
    return replace(base, **more)  # type: ignore[arg-type]


def test_one_complaint_of_tfsec_trivy_and_checkov_is_shown_once_with_all_names() -> None:
    (one,) = same_complaint.joined(
        [finding("AWS-0080", "tfsec"), finding("AWS-0080", "trivy"), finding("CKV_AWS_16", "checkov")]
    )
    assert (one.id, one.source, one.engines) == ("AWS-0080", "tfsec", ("checkov", "trivy"))


def test_the_worse_severity_counts() -> None:
    (one,) = same_complaint.joined(
        [
            finding("AWS-0080", "tfsec", severity=Severity.LOW),
            finding("CKV_AWS_16", "checkov", severity=Severity.CRITICAL),
        ]
    )
    assert one.severity is Severity.CRITICAL


def test_what_one_engine_says_of_code_and_of_plan_is_one_complaint_with_a_place() -> None:
    (one,) = same_complaint.joined(
        [finding("AWS-0080", "trivy"), finding("AWS-0080", "trivy", file="infra/main.tf", line=7)]
    )
    assert (one.where, one.engines) == ("infra/main.tf:7", ())


def test_a_complaint_about_code_joins_every_instance_that_the_plan_names() -> None:
    joined = same_complaint.joined(
        [
            finding("AWS-0107", "tfsec", "aws_security_group.this", file="main.tf", line=3),
            finding("CKV_AWS_24", "checkov", 'aws_security_group.this["a"]'),
            finding("CKV_AWS_24", "checkov", 'aws_security_group.this["b"]'),
        ]
    )
    assert [(one.address, one.where, {one.source, *one.engines}) for one in joined] == [
        ('aws_security_group.this["a"]', "main.tf:3", {"tfsec", "checkov"}),
        ('aws_security_group.this["b"]', "main.tf:3", {"tfsec", "checkov"}),
    ]


def test_complaints_about_two_instances_stay_two() -> None:
    pair = [finding("AWS-0107", "trivy", 'a.b["x"]'), finding("CKV_AWS_24", "checkov", 'a.b["y"]')]
    assert set(same_complaint.joined(pair)) == set(pair)


def test_two_complaints_of_one_engine_about_one_resource_stay_two() -> None:
    pair = [finding("AWS-0107", "tfsec", file="main.tf", line=line) for line in (3, 9)]
    assert len(same_complaint.joined([*pair, finding("CKV_AWS_24", "checkov")])) == 2


def test_findings_without_an_address_are_never_joined_across_engines() -> None:
    pair = [finding("x", "conftest", None), finding("x", "code", None)]
    assert len(same_complaint.joined(pair)) == 2


def test_approvals_allow_a_joined_complaint_only_if_they_allow_each_part() -> None:
    (one,) = same_complaint.joined([finding("AWS-0080", "tfsec", approvals=1), finding("CKV_AWS_16", "checkov")])
    assert one.approvals == 0


ANY = st.builds(
    finding,
    st.sampled_from(["AWS-0080", "CKV_AWS_16", "AWS-0107", "CKV_AWS_24", "CKV_AWS_25", "IG-NET-01"]),
    st.sampled_from(["tfsec", "trivy", "checkov", "conftest"]),
    st.sampled_from(["a.b", 'a.b["x"]', "a.b[0]", "module.m.a.b", None]),
    severity=st.sampled_from(list(Severity)),
    file=st.sampled_from([None, "main.tf"]),
    line=st.integers(1, 3),
    approvals=st.integers(0, 2),
)


@given(st.lists(ANY, max_size=12))
def test_every_complaint_survives_at_its_severity(findings: list[Finding]) -> None:
    joined = same_complaint.joined(findings)
    for before in findings:
        assert any(
            after.severity >= before.severity
            and before.source in (after.source, *after.engines)
            and (before.approvals > 0 or after.approvals == 0)
            and (after.address or "").split("[")[0] == (before.address or "").split("[")[0]
            for after in joined
        )


@given(st.lists(ANY, max_size=12))
def test_no_complaint_is_shown_twice(findings: list[Finding]) -> None:
    joined = same_complaint.joined(findings)
    assert len(set(joined)) == len(joined)


def test_a_complaint_about_code_stays_if_the_plan_has_an_instance_that_nobody_names() -> None:
    """Otherwise a waiver of the named instance would lift it for the other one."""
    general = finding("AWS-0107", "tfsec", "aws_security_group.this", file="main.tf", line=3)
    named = finding("CKV_AWS_24", "checkov", 'aws_security_group.this["a"]')
    both = [f'aws_security_group.this["{key}"]' for key in "ab"]
    assert general in same_complaint.joined([general, named], resources=both)
    assert len(same_complaint.joined([general, named], resources=both[:1])) == 1
