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
    """Return AWS, or the sandbox (started if needed) with the on-call engineer as the caller of break-glass.

    Raises:
        BadInput: for AWS, a variable sets another endpoint; the sandbox has no on-call engineer.
    """
    if sandbox:
        from infragate.sandbox import instance

        cloud = instance.ensure(settings.sandbox_of() or root, project, say=say, bare=None)
        return replace(cloud, caller=cloud.on_call_keys()) if purpose == "break-glass" else cloud
    if stray := settings.stray_endpoints():
        raise BadInput(
            f"{', '.join(stray)} would send AWS calls elsewhere",
            where="environment",
            fix=f"unset {' '.join(stray)}; or add --sandbox to use the emulator",
        )
    return AWS


def device_flags(project: Project, *, sandbox: bool) -> str:
    """The MFA flags of break-glass; for the sandbox with the values of its only device."""
    device = None
    if sandbox:
        from infragate.sandbox import instance

        device = instance.on_call_mfa(project)
    return "--mfa-serial {} --mfa-code {}".format(*(device or ("ARN", "CODE")))
