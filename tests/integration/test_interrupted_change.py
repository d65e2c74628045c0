from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.unit import projects

from infragate.adapters.local import change_set
from infragate.adapters.local.settings import Actor
from infragate.domain.cloud import AWS
from infragate.domain.errors import Integrity
from infragate.usecases.session import Session
from infragate.usecases.stack import Stack


def test_no_stack_is_opened_while_a_change_of_pins_is_half_written(tmp_path: Path) -> None:
    """Plan, apply and rollback all prepare the Stack; before its roles are taken."""
    project = projects.typed()
    environment = project.environment("dev")
    folder = tmp_path / environment.directory
    folder.mkdir(parents=True)
    for name in (environment.var_file, ".terraform.lock.hcl"):
        (folder / name).touch()
    for words in (
        ["init", "-q"],
        ["commit", "-q", "--allow-empty", "-m", "x"],
        ["update-ref", change_set.NOTE, "HEAD"],
    ):
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    session = Session(
        root=tmp_path,
        project=project,
        environment=environment,
        purpose="plan",
        cloud=AWS,
        actor=Actor(name="kim", pull_request=None),
        say=lambda _: None,
        warn=lambda _: None,
    )
    with pytest.raises(Integrity, match="a change of pins was interrupted"):
        Stack(session=session, root=tmp_path).prepare()
