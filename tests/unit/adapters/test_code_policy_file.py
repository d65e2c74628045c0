"""`policy/code.yaml`: what is left out is infragate's own; Waivers by address and by file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from infragate.adapters.local import code_policy_file
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding, Severity
from infragate.domain.terraform.code_policy import CodePolicy

AWS = "registry.terraform.io/hashicorp/aws"
TODAY = date(2026, 11, 26)


def policy(root: Path, text: str) -> CodePolicy:
    (root / "policy").mkdir()
    (root / "policy" / "code.yaml").write_text(text)
    return code_policy_file.load(root)


def test_without_a_file_only_the_aws_provider_and_terraform_s_own_are_allowed(tmp_path: Path) -> None:
    default = code_policy_file.load(tmp_path)
    assert set(default.providers) == {AWS, "terraform.io/builtin/terraform"}
    assert default.providers[AWS] >= {"region", "allowed_account_ids", "default_tags"}
    assert not default.providers[AWS] & {"profile", "access_key", "shared_config_files", "assume_role", "endpoints"}
    assert default.waivers == ()


def test_the_default_fits_its_own_schema(tmp_path: Path) -> None:
    package = Path(code_policy_file.__file__).parents[2] / "schemas" / "code.default.yaml"
    assert policy(tmp_path, package.read_text()).providers == code_policy_file.load(tmp_path / "none").providers


def test_a_list_of_providers_replaces_the_default_and_keeps_known_arguments(tmp_path: Path) -> None:
    random = "registry.terraform.io/hashicorp/random"
    text = f"schema_version: 1\nproviders:\n  {AWS}: {{}}\n  {random}:\n    arguments: [seed]\n"
    written = policy(tmp_path, text)
    assert written.providers == {
        AWS: code_policy_file.load(tmp_path / "none").providers[AWS],
        random: frozenset({"seed"}),
    }
    assert "external" in written.refused_data


@pytest.mark.parametrize(
    ("subject", "covers"),
    [
        ("address: terraform_data.*", True),
        ("address: terraform_data.b", False),
        ('file: "infra/envs/*"', True),
        ("file: infra/envs/prod/main.tf", False),
        ("address: terraform_data.a\n    file: infra/envs/prod/main.tf", False),
        ("address: terraform_data.a\n    environment: prod", False),
    ],
)
def test_a_waiver_is_for_an_address_or_a_file(tmp_path: Path, subject: str, covers: bool) -> None:
    waiver = (
        f"schema_version: 1\nwaivers:\n  - id: code/provisioner\n    {subject}\n    owner: o\n"
        "    reason: until it is gone\n    link: https://example.com\n    expires: 2026-12-31\n"
    )
    finding = Finding(
        id="code/provisioner", source="code", message="x", address="terraform_data.a", file="infra/envs/dev/main.tf"
    )
    (written,) = policy(tmp_path, waiver).waivers
    assert written.covers(finding, environment="dev", today=TODAY) is covers


def test_a_waiver_that_ended_says_so_only_while_its_finding_is_there(tmp_path: Path) -> None:
    text = (
        "schema_version: 1\nwaivers:\n  - {id: code/provisioner, address: a.b, owner: kim, reason: until it is gone,"
        ' link: "https://example.com", expires: "2026-11-25"}\n'
    )
    written = policy(tmp_path, text)
    finding = Finding(id="code/provisioner", source="code", message="x", address="a.b")
    (warning,) = written.expired([finding], environment="dev", today=TODAY)
    assert (warning.id, warning.severity, "kim" in warning.message) == ("code/waiver-expired", Severity.MEDIUM, True)
    assert written.expired([], environment="dev", today=TODAY) == ()


@pytest.mark.parametrize("text", ["", "[]\n", "schema_version: 2\n", "schema_version: 1\nwaivers: {}\n", "a: [\n"])
def test_a_file_that_does_not_fit_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as error:
        policy(tmp_path, text)
    assert str(error.value.where).startswith("policy/code.yaml")


def test_a_link_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "code.yaml").symlink_to(tmp_path / "none")
    with pytest.raises(BadInput):
        code_policy_file.load(tmp_path)
