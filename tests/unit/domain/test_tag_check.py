"""The tags of one resource: what is missing, what differs, and what nobody could read."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit import projects

from infragate.domain import exit_codes, tag_check, tag_schema, verdict
from infragate.domain.finding import Severity
from infragate.domain.tag_check import CloudAnswer, TaggedResource
from infragate.domain.terraform.state_file import Resource

TAGS = {"org": "acme", "env": "dev", "service": "fileflow", "version": "1.2", "owner": "team-fileflow"}
ARN = "arn:aws:ecs:ap-northeast-2:111111111111:cluster/fileflow-dev"
PROJECT = projects.typed()
DEV = PROJECT.environment("dev")
WITHOUT_OWNER = {name: value for name, value in TAGS.items() if name != "owner"}


def cluster(tags: dict[str, Any] | None) -> Resource:
    return Resource(address="aws_ecs_cluster.this", type="aws_ecs_cluster", attributes={"arn": ARN, "tags_all": tags})


def compared(state: dict[str, Any] | None, cloud: dict[str, str] | None, **answer: Any) -> TaggedResource:
    return tag_check.compare(
        cluster(state),
        CloudAnswer(tags=cloud, source="ecs", **answer),
        required=tag_schema.NAMES,
        expected=tag_schema.expected(PROJECT, DEV),
    )


def complaints(resource: TaggedResource) -> list[tuple[str, Severity, str]]:
    return [(finding.id, finding.severity, finding.message) for finding in resource.findings(DEV)]


def test_a_resource_with_all_its_tags_is_ok() -> None:
    resource = compared(TAGS, TAGS)
    assert (resource.status, complaints(resource)) == ("ok", [])


@pytest.mark.parametrize("cloud", [WITHOUT_OWNER, {**TAGS, "owner": " "}], ids=["absent", "blank"])
def test_a_tag_that_is_gone_from_the_cloud_is_missing(cloud: dict[str, str]) -> None:
    resource = compared(TAGS, cloud)
    assert resource.status == "missing"
    assert complaints(resource) == [("tags/missing", Severity.HIGH, "It has no tag owner.")]


def test_a_tag_that_the_code_does_not_set_is_missing() -> None:
    assert compared(WITHOUT_OWNER, WITHOUT_OWNER).missing == ("owner",)


def test_a_resource_without_any_tags_lacks_all_of_them() -> None:
    assert compared(None, {}).missing == tag_schema.NAMES


@pytest.mark.parametrize(
    ("cloud", "severity", "said"),
    [
        ({**TAGS, "env": "stg"}, Severity.HIGH, "Its tags differ: env is 'stg' instead of 'dev'."),
        ({**TAGS, "version": "9"}, Severity.HIGH, "Its tags differ: version is '9' instead of '1.2'."),
    ],
)
def test_a_required_tag_with_another_value_differs(cloud: dict[str, str], severity: Severity, said: str) -> None:
    assert complaints(compared(TAGS, cloud)) == [("tags/different", severity, said)]


def test_a_value_that_state_and_cloud_agree_on_is_held_against_the_project() -> None:
    both = {**TAGS, "service": "other"}
    assert compared(both, both).status == "different"


def test_another_tag_that_differs_is_a_warning() -> None:
    (finding,) = compared({**TAGS, "severity": "critical"}, TAGS).findings(DEV)
    assert (finding.id, finding.severity) == ("tags/different", Severity.MEDIUM)
    assert "severity is missing instead of 'critical'" in finding.message


def test_a_tag_that_somebody_added_is_no_complaint() -> None:
    assert compared(TAGS, {**TAGS, "note": "kim"}).status == "ok"


def test_what_could_not_be_read_is_never_ok_and_ends_with_4() -> None:
    resource = compared(TAGS, None)
    findings = tuple(resource.findings(DEV))
    assert (resource.status, [finding.id for finding in findings]) == ("unchecked", ["tags/unchecked"])
    assert exit_codes.of_verdict(verdict.decide(findings)) == 4


def test_what_could_not_be_read_and_lacks_a_tag_in_the_state_is_missing_too() -> None:
    resource = compared(WITHOUT_OWNER, None)
    assert (resource.status, [finding.id for finding in resource.findings(DEV)]) == (
        "missing",
        ["tags/unchecked", "tags/missing"],
    )


def test_a_resource_that_is_gone_is_said_once() -> None:
    resource = compared(WITHOUT_OWNER, None, gone=True)
    assert (resource.status, [finding.id for finding in resource.findings(DEV)]) == ("gone", ["tags/gone"])


def test_a_finding_leads_to_the_runbook() -> None:
    (finding,) = compared(TAGS, WITHOUT_OWNER).findings(DEV)
    assert (finding.link, finding.address) == ("runbooks/tag-missing.md", "aws_ecs_cluster.this")


def test_tags_that_aws_keeps_do_not_count() -> None:
    assert tag_check.of_answer({"aws:cloudformation:stack-name": "a", "b": "c"}) == {"b": "c"}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [({"arn": ARN}, ARN), ({"id": ARN}, ARN), ({"arn": "", "id": "sg-1"}, ""), ({}, "")],
)
def test_the_arn_is_in_one_of_two_attributes(attributes: dict[str, Any], expected: str) -> None:
    assert tag_check.arn(Resource(address="a.b", type="a", attributes=attributes)) == expected
