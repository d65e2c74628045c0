"""Engines side by side: what one of them cannot do is its failure alone."""

from __future__ import annotations

import errno
from pathlib import Path

from tests.scanners import fake_engines

from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.subject import Subject
from infragate.usecases.gate import engines


class OnAFullDisk:
    """An engine whose input does not fit on the disk."""

    check = program = "conftest"

    def run(self, subject: Subject) -> Scan:
        raise OSError(errno.ENOSPC, "No space left on device", str(subject.scratch / "data.json"))


def test_a_full_disk_is_a_failure_of_the_engine_and_no_bug(tmp_path: Path) -> None:
    ran = engines.run([OnAFullDisk()], fake_engines.subject(tmp_path))
    assert ran.evidence == ()
    assert "cannot be read or written: No space left on device" in ran.failures["conftest"].message
    assert ran.failures["conftest"].fix
