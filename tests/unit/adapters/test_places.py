"""Places that Terraform does not name, from the text of the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infragate.adapters.terraform.places import FailurePlaces
from infragate.domain.terraform.diagnostic import Diagnostic, Snippet

WHERE = "infra/envs/dev"


def located(root: Path, files: dict[str, str], **entry: Any) -> Diagnostic:
    folder = root / WHERE
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    places = FailurePlaces(folder=folder, where=WHERE, data=root / "data", var_file="dev.tfvars")
    (found,) = places.located([Diagnostic(**{"severity": "error", "summary": "", "detail": "", **entry})])
    return found


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("main.tf", f"{WHERE}/main.tf"),
        ("../../../modules/m/main.tf", "modules/m/main.tf"),
        (
            "{root}/data/plan/terraform/modules/m/main.tf",
            "data/plan/terraform/modules/m/main.tf",
        ),
        ("/nowhere/main.tf", "/nowhere/main.tf"),
    ],
)
def test_a_path_is_from_the_checkouts_root_unless_it_leads_out_of_it(tmp_path: Path, file: str, shown: str) -> None:
    assert located(tmp_path, {}, file=file.format(root=tmp_path), line=1).file == shown


MODULES = 'module "a" {\n  source = "./x"\n}\nmodule "b" {\n  source = "git::https://h/r.git//deep/er?ref=v1"\n}\n'
REQUIRED = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'


@pytest.mark.parametrize(
    ("text", "entry", "line"),
    [
        (MODULES, {"detail": 'subdir "deep/er" not found'}, 5),
        (MODULES, {"detail": "lstat x: no such file or directory"}, 2),
        (MODULES, {"detail": 'could not be read for module "b" at main.tf:4.'}, 4),
        (MODULES, {"summary": "Cycle: module.b.x (expand), module.a (expand)"}, 4),
        ('locals {\n  a = 1\n  b = local.b\n}\n', {"summary": "Cycle: local.b (expand)"}, 3),
        (REQUIRED, {"detail": "versions for provider hashicorp/aws: no available releases match"}, 4),
        ('data "aws_x" "y" {\n}\n', {"address": 'data.aws_x.y["k"]'}, 1),
    ],
)  # fmt: skip
def test_a_line_that_terraform_does_not_name_is_looked_for(
    tmp_path: Path, text: str, entry: dict[str, str], line: int
) -> None:
    found = located(tmp_path, {"main.tf": text}, **entry)
    assert (found.file, found.line) == (f"{WHERE}/main.tf", line)


def test_what_is_in_no_file_has_no_place(tmp_path: Path) -> None:
    assert located(tmp_path, {"main.tf": ""}, summary="Cycle: local.b (expand)").file is None


def test_a_default_counts_where_the_values_do_not_set_a_variable(tmp_path: Path) -> None:
    files = {"main.tf": "", "variables.tf": 'variable "size" {\n  default = 5\n}\n', "dev.tfvars": "other = 1\n"}
    snippet = Snippet(context='output "o"', code="  value = var.size", line=2, start=10, end=18)
    (value,) = located(tmp_path, files, file="main.tf", line=2, snippet=snippet).inputs
    assert str(value) == f"size ({WHERE}/variables.tf:1)"


def test_a_block_has_its_address_where_terraform_gives_none(tmp_path: Path) -> None:
    snippet = Snippet(context='data "aws_x" "y"', code="  a = 1", line=2, start=2, end=3)
    assert located(tmp_path, {"main.tf": ""}, file="main.tf", line=2, snippet=snippet).address == "data.aws_x.y"


def test_files_that_cannot_be_read_lose_only_the_hint(tmp_path: Path) -> None:
    folder = tmp_path / WHERE
    folder.mkdir(parents=True)
    (folder / "main.tf").write_bytes(b"\xff\xfe")
    places = FailurePlaces(folder=folder, where=WHERE, data=tmp_path, var_file="dev.tfvars")
    (found,) = places.located([Diagnostic(severity="error", summary="Cycle: local.b (expand)", detail="")])
    assert (found.file, found.summary) == (None, "Cycle: local.b (expand)")


def snippet_of(code: str) -> Snippet:
    return Snippet(code=code, context="", line=1, start=0, end=len(code))


BROKEN = snippet_of('db_password = "hunter2')


def test_a_line_of_values_that_cannot_be_read_is_not_shown(tmp_path: Path) -> None:
    files = {"variables.tf": 'variable "db_password" {\n  sensitive = true\n}\n', "dev.tfvars": BROKEN.code + "\n"}
    entry = located(tmp_path, files, file="dev.tfvars", line=1, snippet=BROKEN, summary="Invalid multi-line string")
    assert entry.snippet is None


@pytest.mark.parametrize(
    "files",
    [
        {"variables.tf": 'variable "db_password" {\n  sensitive = true\n}\n'},
        {"variables.tf": '  variable "db_password" {\n    sensitive = true\n  }\n'},
        {"variables.tf": "variable db_password {\n  sensitive = true\n}\n"},
        {"variables.tf.json": '{"variable": {"db_password": {"sensitive": true}}}'},
        {
            "variables.tf": 'variable "db_password" {\n}\n',
            "x_override.tf": 'variable "db_password" {\n  sensitive = true\n}\n',
        },
        {
            "variables.tf": 'variable "db_password" {\n}\n',
            "x_override.tf.json": '{"variable": {"db_password": {"sensitive": true}}}',
        },
    ],
)
def test_the_value_of_a_secret_is_not_shown_however_it_is_declared(tmp_path: Path, files: dict[str, str]) -> None:
    text = {"dev.tfvars": 'db_password = "hunter2"\n', "main.tf": "x = var.db_password\n", **files}
    entry = located(tmp_path, text, file="main.tf", line=1, snippet=snippet_of("x = var.db_password"))
    assert "hunter2" not in repr(entry)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"https://api.example/x"  # the address', '"https://api.example/x"'),
        ('"#fff"', '"#fff"'),
        ("5 // five", "5"),
        ('"a\\"#b"', '"a\\"#b"'),
    ],
)
def test_a_value_is_shown_without_its_comment_and_whole(tmp_path: Path, written: str, shown: str) -> None:
    files = {"variables.tf": 'variable "v" {\n}\n', "dev.tfvars": f"v = {written}\n", "main.tf": "x = var.v\n"}
    entry = located(tmp_path, files, file="main.tf", line=1, snippet=snippet_of("x = var.v"))
    assert [value.value for value in entry.inputs] == [shown]
