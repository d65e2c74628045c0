"""Where the code of called modules lies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infragate.adapters.modules import module_list


def listed(data_folder: Path, folder: str) -> Path:
    (data_folder / "modules").mkdir(parents=True)
    entries = [{"Key": "", "Source": "", "Dir": "."}, {"Key": "x", "Source": folder, "Dir": folder}]
    (data_folder / "modules" / "modules.json").write_text(json.dumps({"Modules": entries}))
    return data_folder


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("../../modules/x", "/modules/x"),  # a checkout in /
        ("../../../../modules/x", "/modules/x"),
        ("./x", "/infra/prod/x"),
        ("/elsewhere/x", "/elsewhere/x"),
        ("n" * 300, "/infra/prod/" + "n" * 300),
    ],
)
def test_a_module_lies_where_its_folder_says(tmp_path: Path, folder: str, place: str) -> None:
    assert module_list.folders(listed(tmp_path, folder), Path("/infra/prod"))["x"] == Path(place)


def test_a_module_behind_links_lies_where_they_lead(tmp_path: Path) -> None:
    (tmp_path / "real" / "x").mkdir(parents=True)
    (tmp_path / "modules").symlink_to("real")
    (tmp_path / "real" / "y").symlink_to("x")
    (tmp_path / "infra" / "prod").mkdir(parents=True)
    found = module_list.folders(listed(tmp_path / "data", "../../modules/y"), tmp_path / "infra" / "prod")
    assert found["x"] == tmp_path / "real" / "x"
