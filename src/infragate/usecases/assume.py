"""`assume`: credentials of one Environment and purpose, for a shell, a program, or AWS's own tools."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from infragate.adapters.aws.aws_api import CallerIdentity
from infragate.adapters.local import settings
from infragate.adapters.process import children
from infragate.domain.cloud import Credentials
from infragate.domain.errors import Integrity
from infragate.usecases.session import Session

# What would win over the profiles that a command is given (AWS SDKs reference guide, 'credential provider chain').
STRONGER = (
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_DEFAULT_PROFILE AWS_ROLE_ARN "
    "AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI"
).split()


def run(session: Session) -> CallerIdentity:
    """Take the roles and ask AWS whose keys they are.

    Raises:
        BadInput, RemoteFailed: they could not be had.
        Integrity: they belong to another account.
    """
    who = session.identity()
    if who.account_id != session.environment.account_id:
        raise Integrity(
            f"expected account {session.environment.account_id}, got {who.account_id}",
            where=who.arn,
            fix="check account_id in infra/environments.yaml",
        )
    return who


def exports(keys: Credentials, *, region: str, extra: dict[str, str]) -> str:
    """Lines for a POSIX shell's `eval`."""
    values = {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token or "",
        "AWS_REGION": region,
        **extra,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join(["unset AWS_PROFILE", *lines])


def run_command(session: Session, command: Sequence[str]) -> int:
    """Run a person's command with both profiles, kept fresh while it runs; its exit code.

    Raises:
        ToolFailed: it cannot be started.
    """
    inherited = {name: value for name, value in settings.caller_environment().items() if name not in STRONGER}
    environment = {**inherited, **session.variables, "AWS_REGION": session.environment.region}
    return children.run_attached(command, env=environment)
