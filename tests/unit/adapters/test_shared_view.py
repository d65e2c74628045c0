"""The one copy of the code that the engines of a run read."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from infragate.adapters.scanners import code_view
from infragate.adapters.scanners.subject import Subject
from infragate.domain.plan import read

PLAN = {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}, "resource_changes": []}


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    folder = tmp_path / "root" / "stack"
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text('resource "terraform_data" "a" {}\n')
    return Subject(
        root=tmp_path / "root",
        pins=tmp_path,
        folder=folder,
        data=None,
        var_file=None,
        plan_json=tmp_path / "plan.json",
        plan=read(PLAN),
        document={},
        plan_digest="",
        code_digest="",
        managed=0,
        scratch=tmp_path / "scratch",
        environment=None,
        policy=tmp_path,
        timeout=1.0,
        stop=Event(),
    )


def test_every_engine_reads_the_same_copy(subject: Subject) -> None:
    assert subject.view.of(subject) is subject.view.of(subject)


def test_a_copy_that_failed_half_way_is_not_taken_for_the_code(subject: Subject) -> None:
    """The disk may have room again when the next engine asks."""
    code_view.folder(subject.scratch).parent.mkdir()
    code_view.folder(subject.scratch).write_text("in the way")
    with pytest.raises(OSError, match="code"):
        subject.view.of(subject)
    code_view.folder(subject.scratch).unlink()
    with pytest.raises(OSError, match="code"):
        subject.view.of(subject)
