"""`tags`: the tags of every resource of a Stack, in the state and in the cloud, against the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.resource_tags import TagReader
from infragate.adapters.local import clock, gate_policy_file, trust, waivers_file
from infragate.domain import tag_check, tag_schema
from infragate.domain import verdict as verdicts
from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed
from infragate.domain.finding import Finding
from infragate.domain.gate import waivers
from infragate.domain.tag_check import TaggedResource
from infragate.domain.verdict import Verdict
from infragate.usecases.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsRequest:
    """The session of the Environment, under the plan role."""

    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsResult:
    """The tags of every taggable resource.

    Attributes:
        required: names of the tags that each must have.
        untaggable: addresses of the resources that cannot have tags.
        findings: all, and what is wrong with Waivers; the Verdict has those that count.
    """

    environment: str
    required: tuple[str, ...]
    resources: tuple[TaggedResource, ...]
    untaggable: tuple[str, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.fails)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """Those that would fail the run without a Waiver."""
        return self.verdict.waived(self.findings)


def run(request: TagsRequest) -> TagsResult:
    """Read the tags of all resources in the state, and of the cloud; compare both with the schema.

    Raises:
        ToolFailed: the state holds nothing that can have tags. RemoteFailed: a call to AWS failed.
        BadInput: policy/gate.yaml or policy/waivers.yaml cannot be used.
    """
    session = request.session
    resources = session.store().resources()
    taggable = [resource for resource in resources if tag_check.is_taggable(resource)]
    if not taggable:
        environment = session.environment.name
        raise ToolFailed(
            "nothing to check: the state holds no resource that can have tags",
            where=session.store().address,
            fix=(Command("plan", env=environment), ", then ", Command("apply", env=environment)),
        )
    required = tag_schema.required(gate_policy_file.load(trust.root(session.root)).settings)
    expected = tag_schema.expected(session.project, session.environment)
    answers = _reader(session).read(taggable)
    compared = tuple(
        tag_check.compare(resource, answer, required=required, expected=expected)
        for resource, answer in zip(taggable, answers, strict=True)
    )
    untaggable = tuple(resource.address for resource in resources if not tag_check.is_taggable(resource))
    return _judged(session, required, compared, untaggable)


def _reader(session: Session) -> TagReader:
    keys = session.keys.provider

    def client(service: str, region: str) -> Any:
        return aws_api.client(service, cloud=session.cloud, region=region, credentials=keys)

    return TagReader(client=client, region=session.environment.region, warn=session.warn)


def _judged(
    session: Session, required: tuple[str, ...], compared: tuple[TaggedResource, ...], untaggable: tuple[str, ...]
) -> TagsResult:
    environment, today = session.environment, clock.now().date()
    register = waivers_file.load(trust.root(session.root), shown_from=session.root)
    findings = tuple(finding for resource in compared for finding in resource.findings(environment))
    complaints = register.complaints(
        findings, environment=environment.name, today=today, ids_run=(f"{tag_check.SOURCE}/",)
    )
    return TagsResult(
        environment=environment.name,
        required=required,
        resources=compared,
        untaggable=untaggable,
        findings=(*findings, *complaints),
        verdict=verdicts.decide(
            findings,
            waivers=waivers.counting(register.waivers, today=today),
            environment=environment.name,
            today=today,
        ),
    )
