from __future__ import annotations

from pathlib import Path

import pytest

from infragate.domain.errors import BadInput
from infragate.usecases import plan


def test_a_folder_is_no_place_for_a_plan(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a regular file"):
        plan._refuse_places([tmp_path])


def test_a_device_is_no_place_for_a_plan() -> None:
    with pytest.raises(BadInput, match="not a regular file"):
        plan._refuse_places([Path("/dev/null")])


def test_the_second_copy_cannot_be_one_of_the_plans_own_files(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a file of the plan itself"):
        plan._refuse_places([tmp_path / "p", tmp_path / "p.json", tmp_path / "p"])


def test_new_files_and_older_plans_are_fine(tmp_path: Path) -> None:
    (tmp_path / "p").touch()
    plan._refuse_places([tmp_path / "p", tmp_path / "p.json"])
