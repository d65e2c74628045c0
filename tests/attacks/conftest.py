"""Worlds without an emulator, for attacks that need no real Terraform."""

from __future__ import annotations

from tests.verbs.conftest import applied, backed, dev, terraform, tip, worlds

__all__ = ["applied", "backed", "dev", "terraform", "tip", "worlds"]
