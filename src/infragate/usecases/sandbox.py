"""`sandbox-up`, `sandbox-down`, `sandbox-status`: the AWS emulator of this checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infragate.domain.command import Say
from infragate.domain.environment import Project
from infragate.sandbox import instance
from infragate.sandbox.instance import SandboxStatus as SandboxStatus  # what a report shows
from infragate.usecases.practice import PracticeResult


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequest:
    """Which sandbox.

    Attributes:
        bare: for `up`: without state backend and pipeline roles.
        wipe: for `down`: delete its data.
    """

    root: Path
    project: Project
    bare: bool = False
    wipe: bool = False


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


def up(request: SandboxRequest, *, progress: Say) -> UpResult:
    """Start and seed the missing parts.

    Raises:
        BadInput, Integrity, Locked, ToolFailed, RemoteFailed: see `instance.ensure`.
    """
    before = instance.status(request.root, request.project)
    instance.ensure(request.root, request.project, say=progress, bare=request.bare)
    after = instance.status(request.root, request.project)
    return UpResult(changed=(before.pid, before.parts) != (after.pid, after.parts), status=after)


def down(request: SandboxRequest, *, progress: Say) -> DownResult:
    """Stop the emulator, and with `wipe` delete its data.

    Raises:
        Locked: another run has held the sandbox for minutes.
    """
    before = instance.status(request.root, request.project)
    stopped = instance.down(request.root, wipe=request.wipe, say=progress)
    return DownResult(stopped=stopped, wiped=request.wipe, folder=before.folder)


def status(request: SandboxRequest) -> SandboxStatus:
    """The present status; starts nothing."""
    return instance.status(request.root, request.project)
