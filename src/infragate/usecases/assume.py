"""`assume`: credentials of one Environment and purpose, for a shell, a program, or AWS's own tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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


Format = Literal["", "env", "json", "credential-process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeRequest:
    """Whose credentials.

    Attributes:
        state_role: those of the state role instead of the Environment's.
        command: runs under both roles; empty for none.
        format: in which form the keys are shown; "" shows no secret.
    """

    session: Session
    state_role: bool = False
    command: tuple[str, ...] = ()
    format: Format = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeResult:
    """The role that was taken.

    Attributes:
        command_exit_code: None where no command was run.
    """

    request: AssumeRequest
    account_id: str
    region: str
    role: str
    keys: Credentials
    command_exit_code: int | None


def run(request: AssumeRequest) -> AssumeResult:
    """Take the roles, ask AWS whose keys they are, run the command.

    Raises:
        BadInput, RemoteFailed: they could not be had.
        Integrity: they belong to another account. ToolFailed: the command cannot be started.
    """
    with request.session as session:
        who = session.identity()
        environment, purpose = session.environment, session.purpose
        if who.account_id != environment.account_id:
            raise Integrity(
                f"expected account {environment.account_id}, got {who.account_id}",
                where=who.arn,
                fix="check account_id in infra/environments.yaml",
            )
        code = _run_command(session, request.command) if request.command else None
        if request.state_role:
            state, role = environment.state, environment.state_role_arn(purpose)
            place = {"account_id": state.account_id, "region": state.region, "role": role}
        else:
            place = {
                "account_id": who.account_id,
                "region": environment.region,
                "role": environment.role_arn(purpose),
            }
        keys = session.keys.state if request.state_role else session.keys.provider
    return AssumeResult(request=request, keys=keys, command_exit_code=code, **place)


def _run_command(session: Session, command: Sequence[str]) -> int:
    """Run the command with both profiles, kept fresh while it runs; its exit code."""
    inherited = {name: value for name, value in settings.caller_environment().items() if name not in STRONGER}
    environment = {**inherited, **session.variables, "AWS_REGION": session.environment.region}
    return children.run_attached(command, env=environment)
