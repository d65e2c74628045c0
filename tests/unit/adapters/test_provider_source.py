from __future__ import annotations

from pathlib import Path

import pytest

from infragate.adapters.terraform import provider_source
from infragate.adapters.terraform.provider_source import Package
from infragate.adapters.tools import tool_store

AWS = "registry.terraform.io/hashicorp/aws"
RANDOM = "registry.terraform.io/hashicorp/random"
HERE = tool_store.own_platform()
ELSEWHERE = "windows_amd64"
LOCK = """\
# This file is maintained automatically by "terraform init".

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = "5.100.0"
  hashes = [
    "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
  ]
}

provider "registry.terraform.io/hashicorp/random" {
  version = "3.7.2"
  hashes = [
  ]
}
"""


def stack(folder: Path, lock: str = LOCK) -> Path:
    (folder / provider_source.LOCK_FILE).write_text(lock)
    return folder


def unpacked(mirror: Path, version: str = "5.100.0", target: str = HERE) -> Path:
    folder = mirror / AWS / version / target
    folder.mkdir(parents=True)
    (folder / f"terraform-provider-aws_v{version}_x5").touch()
    return folder


def packed(mirror: Path, version: str = "5.100.0", target: str = HERE) -> None:
    folder = mirror / AWS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"terraform-provider-aws_{version}_{target}.zip").touch()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine below the folder of the test."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", f"{tmp_path}/usr/local/share:{tmp_path}/usr/share")
    for name in ("XDG_DATA_HOME", provider_source.NAMED):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def folders(tmp_path: Path, system: str = "Linux") -> tuple[Path, ...]:
    return provider_source.folders(system, tmp_path / "addons")


def existing(*folders: Path) -> tuple[Path, ...]:
    for folder in folders:
        folder.mkdir(parents=True)
    return folders


def test_terraforms_implied_folders_are_found_in_its_order(home: Path, tmp_path: Path) -> None:
    expected = existing(
        home / ".terraform.d/plugins",
        home / ".local/share/terraform/plugins",
        tmp_path / "usr/local/share/terraform/plugins",
        tmp_path / "usr/share/terraform/plugins",
    )
    assert folders(tmp_path) == expected


def test_macos_has_a_folder_in_the_library_of_the_user(home: Path, tmp_path: Path) -> None:
    expected = existing(home / "Library/Application Support/io.terraform/plugins")
    assert folders(tmp_path, "Darwin") == expected


def test_an_add_on_that_holds_a_registry_is_a_mirror(home: Path, tmp_path: Path) -> None:
    existing(tmp_path / "addons/editor/bin", tmp_path / "addons/providers/registry.terraform.io")
    assert folders(tmp_path) == (tmp_path / "addons/providers",)


def test_add_ons_come_after_terraforms_implied_folders(home: Path, tmp_path: Path) -> None:
    implied = existing(home / ".terraform.d/plugins")
    existing(tmp_path / "addons/providers/registry.terraform.io")
    assert folders(tmp_path) == (*implied, tmp_path / "addons/providers")


def test_a_named_mirror_comes_before_all_others(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = existing(tmp_path / "chosen", home / ".terraform.d/plugins")
    monkeypatch.setenv(provider_source.NAMED, str(tmp_path / "chosen"))
    assert folders(tmp_path) == expected


def test_no_folders_is_no_mirrors(home: Path, tmp_path: Path) -> None:
    assert folders(tmp_path) == ()


def test_an_unpacked_package_is_used(tmp_path: Path) -> None:
    unpacked(tmp_path)
    assert provider_source.packages(stack(tmp_path), [tmp_path]) == {AWS: Package(mirror=tmp_path, packed=False)}


def test_a_packed_one_is_used(tmp_path: Path) -> None:
    packed(tmp_path)
    assert provider_source.packages(stack(tmp_path), [tmp_path]) == {AWS: Package(mirror=tmp_path, packed=True)}


def test_a_folder_without_a_program_is_not_a_package(tmp_path: Path) -> None:
    next(iter(unpacked(tmp_path).iterdir())).unlink()
    assert provider_source.packages(stack(tmp_path), [tmp_path]) == {}


def test_other_files_in_a_mirror_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / AWS).mkdir(parents=True)
    (tmp_path / AWS / "index.json").touch()
    (tmp_path / AWS / f"terraform-provider-other_5.100.0_{HERE}.zip").touch()
    (tmp_path / "README").touch()
    assert provider_source.packages(stack(tmp_path), [tmp_path]) == {}


@pytest.mark.parametrize(("version", "target"), [("5.99.0", HERE), ("5.100.0", ELSEWHERE)])
def test_another_version_or_platform_is_not_chosen(tmp_path: Path, version: str, target: str) -> None:
    unpacked(tmp_path, version, target)
    packed(tmp_path, version, target)
    assert provider_source.packages(stack(tmp_path), [tmp_path]) == {}


def test_an_unpacked_package_is_chosen_over_a_zip_in_an_earlier_mirror(tmp_path: Path) -> None:
    packed(tmp_path / "first")
    unpacked(tmp_path / "second")
    chosen = provider_source.packages(stack(tmp_path), [tmp_path / "first", tmp_path / "second"])
    assert chosen[AWS].mirror == tmp_path / "second"


def test_of_two_equal_packages_the_earlier_mirror_is_chosen(tmp_path: Path) -> None:
    unpacked(tmp_path / "first")
    unpacked(tmp_path / "second")
    chosen = provider_source.packages(stack(tmp_path), [tmp_path / "first", tmp_path / "second"])
    assert chosen[AWS].mirror == tmp_path / "first"


def chosen(path: str) -> Package:
    return Package(mirror=Path(path), packed=False)


def test_a_mirror_is_included_for_what_it_holds_and_the_registry_excluded_for_it() -> None:
    assert provider_source.cli_configuration({AWS: chosen("/srv/mirror")}) == (
        "disable_checkpoint = true\n"
        "\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        '    path    = "/srv/mirror"\n'
        f'    include = ["{AWS}"]\n'
        "  }\n"
        "  direct {\n"
        f'    exclude = ["{AWS}"]\n'
        "  }\n"
        "}\n"
    )


def test_without_a_mirror_everything_comes_from_the_registry() -> None:
    assert "direct {\n  }" in provider_source.cli_configuration({})


def test_each_mirror_has_its_own_block() -> None:
    other = Package(mirror=Path("/srv/other"), packed=True)
    text = provider_source.cli_configuration({AWS: chosen("/srv/mirror"), RANDOM: other})
    assert text.count("filesystem_mirror {") == 2


def test_a_path_cannot_end_its_text() -> None:
    assert r'"/srv/a \"b\" $${c}"' in provider_source.cli_configuration({AWS: chosen('/srv/a "b" ${c}')})


def test_the_plugin_cache_is_named_when_there_is_one() -> None:
    assert 'plugin_cache_dir = "/srv/cache"' in provider_source.cli_configuration({}, plugin_cache=Path("/srv/cache"))


def test_versions_are_read_from_a_lock_file(tmp_path: Path) -> None:
    assert provider_source.locked(stack(tmp_path)) == {AWS: "5.100.0", RANDOM: "3.7.2"}


def test_an_empty_lock_file_locks_nothing(tmp_path: Path) -> None:
    assert provider_source.locked(stack(tmp_path, "")) == {}


@pytest.mark.parametrize("address", ["/etc/x/y", "../../..", "**/x/y", "x"])
def test_a_lock_file_that_terraform_did_not_write_names_no_provider(tmp_path: Path, address: str) -> None:
    assert (
        provider_source.packages(stack(tmp_path, f'provider "{address}" {{\n  version = "1"\n}}\n'), [tmp_path]) == {}
    )
