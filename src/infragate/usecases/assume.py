"""`assume`: credentials of one Environment and purpose, for a shell, a program, or AWS tools."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from infragate.adapters.local import settings
from infragate.adapters.process import children
from infragate.domain.cloud import Credentials
from infragate.domain.errors import Integrity
from infragate.usecases.session import Session

# These would override the command's profiles (AWS SDKs reference guide, 'credential provider chain').
STRONGER = (
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_DEFAULT_PROFILE AWS_ROLE_ARN "
    "AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI"
).split()
# AWS SDKs reference guide, 'Service-specific endpoints'; botocore's service models.
ELSEWHERE = re.compile(r"AWS_(ENDPOINT_URL(_\w+)?|IGNORE_CONFIGURED_ENDPOINT_URLS|DATA_PATH)\Z")

Format = Literal["", "env", "json", "credential-process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeRequest:
    """Which credentials.

    Attributes:
        state_role: the state role instead of the Environment's role.
        command: a program to run with the profiles of both roles.
        format: output format of the keys; "" shows no secret.
    """

    session: Session
    state_role: bool = False
    command: tuple[str, ...] = ()
    format: Format = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeResult:
    """The assumed role; `command_exit_code` is None if no command was run."""

    request: AssumeRequest
    account_id: str
    region: str
    role: str
    keys: Credentials
    command_exit_code: int | None


def run(request: AssumeRequest) -> AssumeResult:
    """Assume the roles, check the account, run the command.

    Raises:
        BadInput, RemoteFailed: a role cannot be assumed.
        Integrity: it is in another account. ToolFailed: the command cannot be started.
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
        target = environment.state if request.state_role else environment
        return AssumeResult(
            request=request,
            account_id=target.account_id,
            region=target.region,
            role=environment.state_role_arn(purpose) if request.state_role else environment.role_arn(purpose),
            keys=session.keys.state if request.state_role else session.keys.provider,
            command_exit_code=code,
        )


def command_environment(inherited: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The caller's variables, but those that would send the command's calls elsewhere, and the session's."""
    kept = {name: value for name, value in inherited.items() if name not in STRONGER and not ELSEWHERE.match(name)}
    return {**kept, **own}


def _run_command(session: Session, command: Sequence[str]) -> int:
    """Run the command with both profiles, renewed while it runs, and return its exit code.

    Terraform in it works with the data of `plan`: modules, providers, the connected backend.
    """
    data = session.folder(session.root) / "plan" / "terraform"
    own = {"AWS_REGION": session.environment.region, "TF_DATA_DIR": str(data)}
    environment = command_environment(settings.caller_environment(), {**session.variables, **own})
    session.cloud.refuse_way_out(environment)
    return children.run_attached(command, env=environment)
