"""Access to the records of drift: under their own role, since a plan's roles write nothing."""

from __future__ import annotations

from collections.abc import Callable

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.drift_records import DriftRecords
from infragate.adapters.github import job_token
from infragate.adapters.local.settings import Actor
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.environment import Project
from infragate.usecases import session


def access(project: Project, *, cloud: Cloud, actor: Actor, warn: Callable[[str], None]) -> DriftRecords:
    """The records, under the role of drift.

    Raises:
        BadInput, RemoteFailed: the role cannot be assumed. Integrity: it is in another account.
    """
    keys = _keys(project, cloud, actor)
    return DriftRecords(project=project, cloud=cloud, credentials=keys, warn=warn)


def _keys(project: Project, cloud: Cloud, actor: Actor) -> Credentials:
    """In a job of GitHub Actions by its token; else from the caller's own credentials."""
    role, region, name = project.drift_role_arn, project.state.region, session.session_name(actor)
    if cloud.caller is None and (token := job_token.token()) is not None:
        return aws_api.assume_role_with_token(role, token, cloud=cloud, region=region, session_name=name)
    is_role, caller = session.calling_as(role, cloud=cloud, region=region)
    if is_role:
        return caller
    return aws_api.assume_role(
        role,
        cloud=cloud,
        region=region,
        session_name=name,
        credentials=caller,
        source_identity=session.source_identity(actor),
        external_id=project.drift_role,
    )
