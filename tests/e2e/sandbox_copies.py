"""Copies of a checkout's sandbox: what one fixture has applied, another starts from."""

from __future__ import annotations

from pathlib import Path

from infragate.domain.command import Advice
from infragate.sandbox import control, emulator_process
from infragate.sandbox.state_folder import StateFolder


def save(root: Path, target: Path) -> None:
    """Copy the sandbox's current resources, states and keys to a folder. The emulator may be running."""
    folder = StateFolder.of(root)
    with folder.locked(_silent):
        health = emulator_process.running(folder)
        if health is not None:
            control.save(health.port)
        folder.save_copy(target)


def load(root: Path, source: Path) -> None:
    """Replace a checkout's sandbox by such a copy; its next start begins from it."""
    folder = StateFolder.of(root)
    with folder.locked(_silent):
        emulator_process.stop(folder)
        folder.load_copy(source)


def _silent(_text: Advice) -> None:
    pass
