"""`sandbox-up`, `sandbox-down`, `sandbox-status`: the AWS emulator of this checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infragate.domain.command import Say
from infragate.domain.environment import Project
from infragate.sandbox import instance
from infragate.sandbox.instance import SandboxStatus as SandboxStatus  # what a report shows
from infragate.sandbox.state_folder import StateFolder
from infragate.usecases.practice import PracticeResult


@dataclass(frozen=True, slots=True, kw_only=True)
class UpResult:
    """`changed` is False if everything ran already; `practice` is the world of `--scenario`."""

    changed: bool
    status: SandboxStatus
    practice: PracticeResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DownResult:
    """`stopped` is True if an emulator ran; `wiped` if its data was deleted."""

    stopped: bool
    wiped: bool
    folder: Path


def up(root: Path, project: Project, *, bare: bool, say: Say) -> UpResult:
    """Start and seed the missing parts; `bare` without state backend and pipeline roles."""
    before = instance.status(root, project)
    instance.ensure(root, project, say=say, bare=bare)
    after = instance.status(root, project)
    return UpResult(changed=(before.pid, before.parts) != (after.pid, after.parts), status=after)


def down(root: Path, *, wipe: bool, say: Say) -> DownResult:
    """Stop the emulator, and with `wipe` delete its data."""
    return DownResult(stopped=instance.down(root, wipe=wipe, say=say), wiped=wipe, folder=StateFolder.of(root).path)


def status(root: Path, project: Project) -> SandboxStatus:
    """The present status; starts nothing."""
    return instance.status(root, project)
