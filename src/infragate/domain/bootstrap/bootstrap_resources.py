"""Every resource that bootstrap manages: its Terraform address, and its id in AWS.

The addresses are those of `infra/bootstrap/{state,environment}`; existing resources are imported by the ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infragate.domain.bootstrap.role_policies import OIDC_URL, AccountSpec, RoleSpec
from infragate.domain.environment import PURPOSES, Project, StateBackend

_BUCKET_PARTS = (
    "versioning server_side_encryption_configuration public_access_block ownership_controls lifecycle_configuration policy"
).split()
# Bootstrap looks after the whole list of what a role carries.
_EXCLUSIVE = (("policies", "inline policies"), ("policy_attachments", "attached policies"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapResource:
    """One resource of a bootstrap root.

    Attributes:
        kind: its Terraform type.
        name: its name in messages.
        id: the import id; for a key its alias, for a service-linked role its service (AWS generates their ids).
    """

    address: str
    kind: str
    name: str
    id: str


def state_resources(project: Project, spec: AccountSpec) -> tuple[BootstrapResource, ...]:
    """The resources of the state account's root."""
    return (*_backend(project.state), _provider(spec), *_state_roles(project, spec), *_drift_role(project, spec))


def environment_resources(prefix: str, spec: AccountSpec) -> tuple[BootstrapResource, ...]:
    """The resources of an Environment's root; `prefix` is for instance `fileflow-dev`."""
    return (
        _provider(spec),
        *(
            _resource("aws_iam_service_linked_role", f'this["{service}"]', f"service-linked role of {service}", service)
            for service in spec.service_linked_roles
        ),
        *(_policy(prefix, policy.name, spec) for policy in spec.policies),
        *(resource for role in spec.roles for resource in _role("this", role.name.removeprefix(f"{prefix}-"), role)),
    )


def _backend(state: StateBackend) -> Iterator[BootstrapResource]:
    bucket = f"bucket {state.bucket}"
    yield _resource("aws_kms_key", "state", f"key {state.kms_alias}", state.kms_alias)
    yield _resource("aws_kms_alias", "state", state.kms_alias, state.kms_alias)
    yield _resource("aws_s3_bucket", "state", bucket, state.bucket)
    for part in _BUCKET_PARTS:
        yield _resource(f"aws_s3_bucket_{part}", "state", f"{bucket}: {part.replace('_', ' ')}", state.bucket)
    yield _resource("aws_dynamodb_table", "lock", f"table {state.lock_table}", state.lock_table)


def _state_roles(project: Project, spec: AccountSpec) -> Iterator[BootstrapResource]:
    roles = {role.name: role for role in spec.roles}
    for environment in project.environments:
        for purpose in PURPOSES:
            role = roles[f"{environment.prefix}-state-{purpose}"]
            yield from _role("state", f"{environment.name}-{purpose}", role)


def _role(label: str, key: str, role: RoleSpec) -> Iterator[BootstrapResource]:
    yield _resource("aws_iam_role", f'{label}["{key}"]', f"role {role.name}", role.name)
    for policy in role.inline:
        name = f"role {role.name}: policy {policy.name}"
        yield _resource("aws_iam_role_policy", f'{label}["{key}/{policy.name}"]', name, f"{role.name}:{policy.name}")
    for kind, what in _EXCLUSIVE:
        name = f"role {role.name}: {what}"
        yield _resource(f"aws_iam_role_{kind}_exclusive", f'{label}["{key}"]', name, role.name)


def _drift_role(project: Project, spec: AccountSpec) -> Iterator[BootstrapResource]:
    role = next(role for role in spec.roles if role.name == project.drift_role)
    (policy,) = role.inline
    yield _resource("aws_iam_role", "drift", f"role {role.name}", role.name)
    name = f"role {role.name}: policy {policy.name}"
    yield _resource("aws_iam_role_policy", "drift", name, f"{role.name}:{policy.name}")
    for kind, what in _EXCLUSIVE:
        yield _resource(f"aws_iam_role_{kind}_exclusive", "drift", f"role {role.name}: {what}", role.name)


def _policy(prefix: str, name: str, spec: AccountSpec) -> BootstrapResource:
    short = name.removeprefix(f"{prefix}-")
    label = "boundary" if short == "boundary" else f'pipeline["{short}"]'
    return _resource("aws_iam_policy", label, f"policy {name}", spec.policy_arn(name))


def _provider(spec: AccountSpec) -> BootstrapResource:
    host = OIDC_URL.removeprefix("https://")
    arn = f"arn:aws:iam::{spec.account_id}:oidc-provider/{host}"
    return _resource("aws_iam_openid_connect_provider", "github", f"identity provider {host}", arn)


def _resource(kind: str, label: str, name: str, import_id: str) -> BootstrapResource:
    return BootstrapResource(address=f"{kind}.{label}", kind=kind, name=name, id=import_id)
