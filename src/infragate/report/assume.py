"""The result of `assume`."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.assume import AssumeResult


def document(result: AssumeResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document; it holds no secret."""
    return {**_role(result), "command_exit_code": result.command_exit_code}


def _role(result: AssumeResult) -> dict[str, Any]:
    session, expires = result.request.session, result.keys.expires
    return {
        "account_id": result.account_id,
        "role": result.role,
        "state_role": session.environment.state_role_arn(session.purpose),
        "purpose": session.purpose,
        "session_name": session.name,
        "source_identity": session.source_identity,
        "expires": expires.isoformat(timespec="seconds") if expires else None,
    }


def show(result: AssumeResult, printer: Printer) -> None:
    """The keys in the requested format, else the role; nothing after a command."""
    if result.request.command:
        return
    role, form = _role(result), result.request.format
    if not form:
        printer.table(("", ""), [(name, value or "") for name, value in role.items()])
        return
    until = role["expires"] or "your own session ends"
    printer.progress(f"{result.role}, session {role['session_name']}, until {until}")
    if form == "env":
        printer.raw(exports(result))
    elif form == "json":
        printer.raw(json.dumps({**role, **result.keys.process_document()}, indent=2))
    else:
        printer.raw(json.dumps(result.keys.process_document()))


def exports(result: AssumeResult) -> str:
    """Lines for a POSIX shell's `eval`."""
    values = {
        "AWS_ACCESS_KEY_ID": result.keys.access_key,
        "AWS_SECRET_ACCESS_KEY": result.keys.secret_key,
        "AWS_SESSION_TOKEN": result.keys.token or "",
        "AWS_REGION": result.region,
        **result.request.session.cloud.variables,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join(["unset AWS_PROFILE", *lines])
