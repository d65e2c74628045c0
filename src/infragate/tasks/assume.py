"""`inv assume`."""

from __future__ import annotations

from collections.abc import Sequence

from infragate.tasks.run import BreakGlass, Outcome, Run
from infragate.tasks.verb import verb

FORMATS = ("env", "json", "credential-process")


@verb(
    help={
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

    from infragate.adapters.local import settings
    from infragate.domain.environment import PURPOSES
    from infragate.domain.errors import BadInput
    from infragate.report import assume as report
    from infragate.tasks import arguments
    from infragate.usecases import assume as usecase

    _refuse_unknown("purpose", purpose, PURPOSES)
    _refuse_unknown("format", format, ("", *FORMATS))
    command = settings.words_after_dashes()
    if command and run.printer.quiet:
        raise BadInput(
            "--json and a command cannot share stdout", where="command line", fix="use --report FILE for the document"
        )
    break_glass = BreakGlass(enabled=purpose == "break-glass", serial=mfa_serial, code=mfa_code)
    session = arguments.session(run, env, purpose, break_glass)  # type: ignore[arg-type]  # checked above
    if source_profile:
        session = replace(session, cloud=replace(session.cloud, profile=source_profile))
    result = usecase.run(
        usecase.AssumeRequest(
            session=session,
            state_role=state,
            command=tuple(command),
            format=format,  # type: ignore[arg-type]  # checked above
        )
    )
    return run.present(report, result, exit_code=result.command_exit_code)


def _refuse_unknown(flag: str, value: str, allowed: Sequence[str]) -> None:
    from infragate.domain.errors import BadInput
    from infragate.domain.suggestions import choice

    if value not in allowed:
        fix = choice(value, allowed, flag=f"--{flag} ")
        raise BadInput(f"unknown {flag} {value!r}", where=f"--{flag}", fix=fix)
