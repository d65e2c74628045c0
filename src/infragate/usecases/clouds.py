"""Which cloud a run talks to: AWS, or the emulator on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from infragate.adapters import settings
from infragate.domain.cloud import AWS, Cloud
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput


def choose(root: Path, project: Project, *, sandbox: bool, say: Callable[[str], None]) -> Cloud:
    """AWS, or the sandbox (started when needed).

    Raises:
        BadInput: AWS is meant and a variable would send calls elsewhere.
    """
    if sandbox:
        from infragate.sandbox import instance

        return instance.ensure(root, project, say=say, bare=None)
    stray = settings.stray_endpoints()
    if stray:
        raise BadInput(
            f"{', '.join(stray)} would send AWS calls elsewhere",
            where="environment",
            fix=f"unset {' '.join(stray)}; or add --sandbox to use the emulator",
        )
    return AWS
