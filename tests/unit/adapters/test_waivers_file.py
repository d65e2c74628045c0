"""`policy/waivers.yaml` as it is read: every entry has an id, a subject, an owner, a reason, a link and an end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from infragate.adapters.local import waivers_file
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.gate.waivers import Register

TODAY = date(2026, 11, 26)
ENTRY: dict[str, object] = {
    "id": "code/provisioner",
    "address": "terraform_data.a",
    "owner": "@acme/platform",
    "reason": "until the image does it",
    "link": "https://example.com/1",
    "expires": "2026-12-31",
}


def write(root: Path, text: str) -> Register:
    (root / "policy").mkdir(exist_ok=True)
    (root / "policy" / "waivers.yaml").write_text(text)
    return waivers_file.load(root, shown_from=root)


def listed(root: Path, **change: object) -> Register:
    entry = {name: value for name, value in {**ENTRY, **change}.items() if value is not None}
    return write(root, yaml.safe_dump({"schema_version": 1, "waivers": [ENTRY, entry]}, sort_keys=False))


def test_without_a_file_there_are_no_exceptions(tmp_path: Path) -> None:
    assert waivers_file.load(tmp_path, shown_from=tmp_path).waivers == ()


@pytest.mark.parametrize(
    "text", ["schema_version: 1\n", "schema_version: 1\nwaivers: []\n", "schema_version: 1\nwaivers:\n"]
)
def test_an_empty_list_is_no_exception(tmp_path: Path, text: str) -> None:
    assert write(tmp_path, text).waivers == ()


def test_each_waiver_knows_its_line(tmp_path: Path) -> None:
    register = listed(tmp_path, expires=date(2027, 1, 1))
    assert register.lines == (3, 9)
    assert [waiver.expires for waiver in register.waivers] == [date(2026, 12, 31), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("subject", "covers"),
    [
        ({"address": "terraform_data.*"}, True),
        ({"address": "terraform_data.b"}, False),
        ({"address": None, "file": "infra/envs/*"}, True),
        ({"address": None, "file": "infra/envs/prod/main.tf"}, False),
        ({"file": "infra/envs/prod/main.tf"}, False),
        ({"environment": "prod"}, False),
    ],
)
def test_a_waiver_is_for_an_address_or_a_file(tmp_path: Path, subject: dict[str, object], covers: bool) -> None:
    finding = Finding(
        id="code/provisioner", source="code", message="x", address="terraform_data.a", file="infra/envs/dev/main.tf"
    )
    waiver = listed(tmp_path, **subject).waivers[1]
    assert waiver.covers(finding, environment="dev", today=TODAY) is covers


@pytest.mark.parametrize(
    "name", ["AWS-0107", "AVD-AWS-0107", "CKV_AWS_18", "CKV2_AWS_5", "IG-NET-01", "code/backend", "cost/unknown"]
)
def test_the_ids_of_all_engines_can_be_waived(tmp_path: Path, name: str) -> None:
    assert listed(tmp_path, id=name).waivers[1].id == name.removeprefix("AVD-")


@pytest.mark.parametrize(
    "name", ["engine/tfsec", "plan/errored", "module-lock/moved", "cost/over-threshold", "waiver/expired", "*", "AWS-*"]
)
def test_what_no_exception_is_for_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="is not the id of a rule that can be waived") as error:
        listed(tmp_path, id=name)
    assert error.value.where == "policy/waivers.yaml:9"


@pytest.mark.parametrize("owner", ["kim@acme.example", "kim", "@kim", "@acme/platform", "acme/platform"])
def test_an_owner_is_a_person_or_a_team(tmp_path: Path, owner: str) -> None:
    assert listed(tmp_path, owner=owner).waivers[1].owner == owner


@pytest.mark.parametrize(
    "change",
    [
        {"owner": None},
        {"owner": ""},
        {"owner": "the platform people"},
        {"reason": None},
        {"reason": "because"},
        {"reason": "          .          "},
        {"link": None},
        {"link": "http://example.com/1"},
        {"link": "see the wiki"},
        {"expires": None},
        {"expires": "soon"},
        {"expires": "2026-02-30"},
        {"address": None},
        {"address": "*"},
        {"address": "**"},
        {"approved_by": "kim"},
    ],
)
def test_an_entry_that_says_too_little_is_refused_with_its_line(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(BadInput) as error:
        listed(tmp_path, **change)
    file, _, line = str(error.value.where).partition(":")
    assert file == "policy/waivers.yaml"
    assert 9 <= int(line) <= 15


@pytest.mark.parametrize("text", ["", "[]\n", "schema_version: 2\n", "schema_version: 1\nwaivers: {}\n", "a: [\n"])
def test_a_file_that_does_not_fit_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as error:
        write(tmp_path, text)
    assert str(error.value.where).startswith("policy/waivers.yaml")


def test_a_link_is_no_register(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "waivers.yaml").symlink_to(tmp_path / "none")
    with pytest.raises(BadInput, match="symbolic link"):
        waivers_file.load(tmp_path, shown_from=tmp_path)


def test_the_register_of_another_folder_is_named_in_full(tmp_path: Path) -> None:
    write(tmp_path, "schema_version: 1\n")
    assert waivers_file.load(tmp_path, shown_from=tmp_path / "checkout").file == str(tmp_path / "policy/waivers.yaml")
