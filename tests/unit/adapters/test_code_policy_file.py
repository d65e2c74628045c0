"""`policy/code.yaml`: what is left out is infragate's own; exceptions are elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from infragate.adapters.local import code_policy_file
from infragate.domain.errors import BadInput
from infragate.domain.terraform.code_policy import CodePolicy

AWS = "registry.terraform.io/hashicorp/aws"


def policy(root: Path, text: str) -> CodePolicy:
    (root / "policy").mkdir()
    (root / "policy" / "code.yaml").write_text(text)
    return code_policy_file.load(root)


def test_without_a_file_only_the_aws_provider_and_terraform_s_own_are_allowed(tmp_path: Path) -> None:
    default = code_policy_file.load(tmp_path)
    assert set(default.providers) == {AWS, "terraform.io/builtin/terraform"}
    assert default.providers[AWS] >= {"region", "allowed_account_ids", "default_tags"}
    assert not default.providers[AWS] & {"profile", "access_key", "shared_config_files", "assume_role", "endpoints"}


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


@pytest.mark.parametrize("waivers", ["[]", "\n  - {id: code/provisioner}"])
def test_waivers_in_it_are_refused_and_the_message_names_their_file(tmp_path: Path, waivers: str) -> None:
    with pytest.raises(BadInput) as error:
        policy(tmp_path, f"schema_version: 1\nwaivers: {waivers}\n")
    assert error.value.where == "policy/code.yaml:2"
    assert "policy/waivers.yaml" in str(error.value.fix)


@pytest.mark.parametrize("text", ["", "[]\n", "schema_version: 2\n", "schema_version: 1\nproviders: []\n", "a: [\n"])
def test_a_file_that_does_not_fit_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as error:
        policy(tmp_path, text)
    assert str(error.value.where).startswith("policy/code.yaml")


def test_a_link_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "code.yaml").symlink_to(tmp_path / "none")
    with pytest.raises(BadInput):
        code_policy_file.load(tmp_path)
