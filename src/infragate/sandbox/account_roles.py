"""The IAM roles, policies and providers of one account, created or updated from `domain/bootstrap/role_policies`.

Names, descriptions and tags are those of `infra/bootstrap`, so that `bootstrap-backend` adopts them without a change.
"""

from __future__ import annotations

import json
from typing import Any

from infragate.domain.bootstrap.role_policies import (
    MAX_SESSION_SECONDS,
    OIDC_AUDIENCE,
    OIDC_URL,
    AccountSpec,
    Document,
    PolicySpec,
    RoleSpec,
)
from infragate.sandbox.emulator_session import EXISTS, EmulatorSession, tag_list, tolerating

MAX_POLICY_VERSIONS = 5  # IAM user guide, 'IAM and STS quotas'


def ensure(spec: AccountSpec, session: EmulatorSession, *, descriptions: dict[str, str], tags: dict[str, str]) -> None:
    """Create what is missing, replace what differs, remove policies that are not in the standard.

    Args:
        descriptions: of roles and policies, by name.
        tags: for all resources; the tag `env` of a role is its Environment.
    """
    iam = session.client("iam")
    with tolerating(EXISTS):
        iam.create_open_id_connect_provider(Url=OIDC_URL, ClientIDList=[OIDC_AUDIENCE], Tags=tag_list(tags))
    for service in spec.service_linked_roles:
        with tolerating("InvalidInput", EXISTS):
            iam.create_service_linked_role(AWSServiceName=service)
    for policy in spec.policies:
        _policy(iam, policy, spec.policy_arn(policy.name), descriptions[policy.name], tags)
    for role in spec.roles:
        _role(iam, role, descriptions[role.name], {**tags, "env": role.environment})


def _policy(iam: Any, policy: PolicySpec, arn: str, description: str, tags: dict[str, str]) -> None:
    text = json.dumps(policy.document)
    try:
        iam.create_policy(PolicyName=policy.name, PolicyDocument=text, Description=description, Tags=tag_list(tags))
    except iam.exceptions.EntityAlreadyExistsException:
        if _current(iam, arn) == policy.document:
            return
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        spare = [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]
        if len(versions) >= MAX_POLICY_VERSIONS:
            iam.delete_policy_version(PolicyArn=arn, VersionId=spare[-1])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)


def _current(iam: Any, arn: str) -> Document:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document


def _role(iam: Any, role: RoleSpec, description: str, tags: dict[str, str]) -> None:
    trust = json.dumps(role.trust)
    boundary = {"PermissionsBoundary": role.boundary} if role.boundary else {}
    try:
        iam.create_role(
            RoleName=role.name,
            AssumeRolePolicyDocument=trust,
            Description=description,
            MaxSessionDuration=MAX_SESSION_SECONDS,
            Tags=tag_list(tags),
            **boundary,
        )
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=trust)
        if role.boundary:
            iam.put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=role.boundary)
        _remove_other_policies(iam, role)
    for policy in role.inline:
        iam.put_role_policy(RoleName=role.name, PolicyName=policy.name, PolicyDocument=json.dumps(policy.document))
    for arn in role.managed:
        iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)


def _remove_other_policies(iam: Any, role: RoleSpec) -> None:
    own = {policy.name for policy in role.inline}
    for name in iam.list_role_policies(RoleName=role.name)["PolicyNames"]:
        if name not in own:
            iam.delete_role_policy(RoleName=role.name, PolicyName=name)
    for attached in iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]:
        if attached["PolicyArn"] not in role.managed:
            iam.detach_role_policy(RoleName=role.name, PolicyArn=attached["PolicyArn"])
