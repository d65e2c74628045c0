"""Which cloud a run talks to: AWS, or the emulator on this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from infragate.adapters.local import settings
from infragate.domain.cloud import AWS, Cloud
from infragate.domain.command import Say
from infragate.domain.environment import Project, Purpose
from infragate.domain.errors import BadInput


def choose(root: Path, project: Project, *, sandbox: bool, purpose: Purpose = "plan", say: Say) -> Cloud:
    """AWS, or the sandbox (started when needed), where the engineer on call is the caller of break-glass.

    Raises:
        BadInput: AWS is meant and a variable would send calls elsewhere; the sandbox has nobody on call.
    """
    if sandbox:
        from infragate.sandbox import instance

        cloud = instance.ensure(root, project, say=say, bare=None)
        return replace(cloud, caller=cloud.on_call_keys()) if purpose == "break-glass" else cloud
    stray = settings.stray_endpoints()
    if stray:
        raise BadInput(
            f"{', '.join(stray)} would send AWS calls elsewhere",
            where="environment",
            fix=f"unset {' '.join(stray)}; or add --sandbox to use the emulator",
        )
    return AWS


def device_flags(project: Project, *, sandbox: bool) -> str:
    """How the MFA device of an engineer on call is given; the sandbox knows its only one."""
    known = None
    if sandbox:
        from infragate.sandbox import instance

        known = instance.on_call_mfa(project)
    return "--mfa-serial {} --mfa-code {}".format(*(known or ("ARN", "CODE")))
