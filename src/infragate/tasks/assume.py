"""`inv assume`."""

from __future__ import annotations

import json as json_format

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

FORMATS = ("env", "json", "credential-process")


@verb(
    help={
        "env": "Environment of infra/environments.yaml (dev, stg, prod).",
        "purpose": "plan (reads only; the default), apply or break-glass.",
        "format": "Print the keys: env (for eval in a shell), json, or credential-process (for an AWS profile).",
        "state": "The state role's keys instead of the Environment role's.",
        "source_profile": "AWS profile of your own credentials (needed inside an AWS profile's credential_process).",
        "mfa_serial": "ARN of your MFA device (break-glass).",
        "mfa_code": "The code that it shows (break-glass).",
    }
)
def assume(
    run: Run,
    env: str,
    purpose: str = "plan",
    format: str = "",  # noqa: A002 - the flag's name
    state: bool = False,
    source_profile: str = "",
    mfa_serial: str = "",
    mfa_code: str = "",
) -> Outcome:
    """Credentials for one Environment and purpose, or a command under them: inv assume --env dev -- aws s3 ls

    Without --format no secret is printed. The command gets two profiles: infragate-provider (the Environment's role,
    chosen by AWS_PROFILE) and infragate-state (for Terraform's backend), both kept fresh while it runs.
    """
    from dataclasses import replace

    from infragate.adapters.aws import aws_profiles
    from infragate.adapters.local import settings
    from infragate.domain.environment import PURPOSES
    from infragate.domain.errors import BadInput
    from infragate.domain.suggestions import nearest
    from infragate.tasks import arguments
    from infragate.usecases import assume as usecase

    for flag, value, allowed in (("purpose", purpose, PURPOSES), ("format", format, ("", *FORMATS))):
        if value not in allowed:
            hint = nearest(value, allowed)
            choices = ", ".join(choice for choice in allowed if choice)
            raise BadInput(
                f"unknown {flag} {value!r}",
                where=f"--{flag}",
                fix=f"--{flag} {hint}" if hint else f"use one of: {choices}",
            )
    command = settings.words_after_dashes()
    if command and run.printer.quiet:
        raise BadInput(
            "--json and a command both want stdout", where="command line", fix="use --report FILE for the document"
        )
    device = arguments.mfa(run, purpose == "break-glass", mfa_serial, mfa_code)
    session = arguments.session(run, env, purpose, device)  # type: ignore[arg-type]  # checked above
    if source_profile:
        session = replace(session, cloud=replace(session.cloud, profile=source_profile))
    with session:
        account_id, keys = usecase.run(session).account_id, session.keys.state if state else session.keys.provider
        code = usecase.run_command(session, command) if command else 0
    environment = session.environment
    region = environment.state.region if state else environment.region
    role = environment.state_role_arn(session.purpose) if state else environment.role_arn(session.purpose)
    expires = keys.expires.isoformat(timespec="seconds") if keys.expires else None
    result = {
        "account_id": environment.state.account_id if state else account_id,
        "role": role,
        "state_role": environment.state_role_arn(session.purpose),
        "purpose": purpose,
        "session_name": session.name,
        "source_identity": session.source_identity,
        "expires": expires,
    }

    def shown(printer: arguments.Printer) -> None:
        if command:
            return
        if format:
            printer.progress(f"{role}, session {session.name}, until {expires or 'your own session ends'}")
        if format == "env":
            printer.raw(usecase.exports(keys, region=region, extra=dict(session.cloud.variables)))
        elif format == "json":
            printer.raw(json_format.dumps({**result, **aws_profiles.document(keys)}, indent=2))
        elif format == "credential-process":
            printer.raw(json_format.dumps(aws_profiles.document(keys)))
        else:
            printer.table(("", ""), [(name, value or "") for name, value in result.items()])

    return Outcome(result={**result, "command_exit_code": code if command else None}, show=shown, exit_code=code)
