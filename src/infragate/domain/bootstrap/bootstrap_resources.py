"""Everything that bootstrap looks after: its Terraform address, and the id under which AWS has it.

The addresses are those of `infra/bootstrap/{state,environment}`; with the ids, what exists already is adopted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infragate.domain.bootstrap.role_policies import AccountSpec, RoleSpec
from infragate.domain.environment import PURPOSES, Project, StateBackend


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One resource of a bootstrap root.

    Attributes:
        kind: its Terraform type.
        name: what people call it.
        id: what `import` takes; for a key its alias, for a service-linked role its service (AWS makes the ids).
    """

    address: str
    kind: str
    name: str
    id: str


def state_things(project: Project, spec: AccountSpec) -> tuple[Thing, ...]:
    """What the root of the state account holds."""
    return (*_backend(project.state), _provider(spec), *_state_roles(project, spec))


def environment_things(prefix: str, spec: AccountSpec) -> tuple[Thing, ...]:
    """What the root of an Environment's account holds.

    Args:
        prefix: the Environment's, for instance `fileflow-dev`.
    """
    return (
        _provider(spec),
        *(
            _thing("aws_iam_service_linked_role", f'this["{service}"]', f"service-linked role of {service}", service)
            for service in spec.service_linked_roles
        ),
        *(_policy(prefix, policy.name, spec) for policy in spec.policies),
        *(thing for role in spec.roles for thing in _role("this", role.name.removeprefix(f"{prefix}-"), role)),
    )


def _backend(state: StateBackend) -> Iterator[Thing]:
    bucket = f"bucket {state.bucket}"
    yield _thing("aws_kms_key", "state", f"key {state.kms_alias}", state.kms_alias)
    yield _thing("aws_kms_alias", "state", state.kms_alias, state.kms_alias)
    yield _thing("aws_s3_bucket", "state", bucket, state.bucket)
    for part in (
        "versioning",
        "server_side_encryption_configuration",
        "public_access_block",
        "ownership_controls",
        "lifecycle_configuration",
        "policy",
    ):
        yield _thing(f"aws_s3_bucket_{part}", "state", f"{bucket}: {part.replace('_', ' ')}", state.bucket)
    yield _thing("aws_dynamodb_table", "lock", f"table {state.lock_table}", state.lock_table)


def _state_roles(project: Project, spec: AccountSpec) -> Iterator[Thing]:
    roles = {role.name: role for role in spec.roles}
    for environment in project.environments:
        for purpose in PURPOSES:
            role = roles[f"{environment.prefix}-state-{purpose}"]
            yield from _role("state", f"{environment.name}-{purpose}", role)


def _role(resource: str, key: str, role: RoleSpec) -> Iterator[Thing]:
    yield _thing("aws_iam_role", f'{resource}["{key}"]', f"role {role.name}", role.name)
    for policy in role.inline:
        name = f"role {role.name}: policy {policy.name}"
        yield _thing("aws_iam_role_policy", f'{resource}["{key}/{policy.name}"]', name, f"{role.name}:{policy.name}")
    for kind, what in (("policies", "inline policies"), ("policy_attachments", "attached policies")):
        name = f"role {role.name}: {what}"
        yield _thing(f"aws_iam_role_{kind}_exclusive", f'{resource}["{key}"]', name, role.name)


def _policy(prefix: str, name: str, spec: AccountSpec) -> Thing:
    short = name.removeprefix(f"{prefix}-")
    resource = "boundary" if short == "boundary" else f'pipeline["{short}"]'
    return _thing("aws_iam_policy", resource, f"policy {name}", spec.policy_arn(name))


def _provider(spec: AccountSpec) -> Thing:
    host = spec.oidc_url.removeprefix("https://")
    arn = f"arn:aws:iam::{spec.account_id}:oidc-provider/{host}"
    return _thing("aws_iam_openid_connect_provider", "github", f"identity provider {host}", arn)


def _thing(kind: str, resource: str, name: str, identity: str) -> Thing:
    return Thing(address=f"{kind}.{resource}", kind=kind, name=name, id=identity)
