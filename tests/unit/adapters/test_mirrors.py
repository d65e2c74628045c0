from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infragate.adapters.terraform import provider_mirrors
from infragate.adapters.terraform.provider_mirrors import Package, Roots

AWS = "registry.terraform.io/hashicorp/aws"
RANDOM = "registry.terraform.io/hashicorp/random"
LINUX = "linux_amd64"


def unpacked(mirror: Path, provider: str = AWS, version: str = "5.100.0", platform: str = LINUX) -> Path:
    folder = mirror / provider / version / platform
    folder.mkdir(parents=True)
    (folder / f"terraform-provider-{Path(provider).name}_v{version}_x5").touch()
    return folder


def packed(mirror: Path, provider: str = AWS, version: str = "5.100.0", platform: str = LINUX) -> None:
    folder = mirror / provider
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"terraform-provider-{Path(provider).name}_{version}_{platform}.zip").touch()


def roots(base: Path, *, system: str = "Linux") -> Roots:
    return Roots(
        home=base / "home",
        data_folders=(base / "home/.local/share", base / "usr/local/share", base / "usr/share"),
        system=system,
        addons=base / "addons",
    )


def made(*folders: Path) -> list[Path]:
    for folder in folders:
        folder.mkdir(parents=True)
    return list(folders)


def test_terraforms_implied_folders_are_found_in_its_order(tmp_path: Path) -> None:
    expected = made(
        tmp_path / "home/.terraform.d/plugins",
        tmp_path / "home/.local/share/terraform/plugins",
        tmp_path / "usr/local/share/terraform/plugins",
        tmp_path / "usr/share/terraform/plugins",
    )
    assert list(provider_mirrors.folders(roots(tmp_path))) == expected


def test_macos_has_a_folder_in_the_library_of_the_user(tmp_path: Path) -> None:
    expected = made(tmp_path / "home/Library/Application Support/io.terraform/plugins")
    assert list(provider_mirrors.folders(roots(tmp_path, system="Darwin"))) == expected


def test_an_add_on_that_holds_a_registry_is_a_mirror(tmp_path: Path) -> None:
    made(tmp_path / "addons/editor/bin", tmp_path / "addons/providers/registry.terraform.io")
    assert provider_mirrors.folders(roots(tmp_path)) == (tmp_path / "addons/providers",)


def test_a_named_mirror_comes_before_all_others(tmp_path: Path) -> None:
    expected = made(tmp_path / "chosen", tmp_path / "home/.terraform.d/plugins")
    assert list(provider_mirrors.folders(replace(roots(tmp_path), named=(tmp_path / "chosen",)))) == expected


def test_no_folders_is_no_mirrors(tmp_path: Path) -> None:
    assert provider_mirrors.folders(roots(tmp_path)) == ()


def test_both_layouts_are_read(tmp_path: Path) -> None:
    unpacked(tmp_path)
    packed(tmp_path, version="5.99.1", platform="darwin_arm64")
    found = {(package.version, package.platform, package.packed) for package in provider_mirrors.packages([tmp_path])}
    assert found == {("5.100.0", LINUX, False), ("5.99.1", "darwin_arm64", True)}


def test_a_folder_without_a_program_is_not_a_package(tmp_path: Path) -> None:
    next(iter(unpacked(tmp_path).iterdir())).unlink()
    assert provider_mirrors.packages([tmp_path]) == ()


def test_other_files_in_a_mirror_are_passed_over(tmp_path: Path) -> None:
    packed(tmp_path)
    (tmp_path / AWS / "index.json").touch()
    (tmp_path / AWS / "terraform-provider-other_1.0.0_linux_amd64.zip").touch()
    (tmp_path / "README").touch()
    assert [package.version for package in provider_mirrors.packages([tmp_path])] == ["5.100.0"]


@pytest.mark.parametrize(("version", "platform"), [("5.99.0", LINUX), ("5.100.0", "darwin_arm64")])
def test_another_version_or_platform_is_not_chosen(tmp_path: Path, version: str, platform: str) -> None:
    unpacked(tmp_path, version=version, platform=platform)
    assert provider_mirrors.choose({AWS: "5.100.0"}, LINUX, provider_mirrors.packages([tmp_path])) == {}


def test_an_unpacked_package_is_chosen_over_a_zip_in_an_earlier_mirror(tmp_path: Path) -> None:
    packed(tmp_path / "first")
    unpacked(tmp_path / "second")
    found = provider_mirrors.packages([tmp_path / "first", tmp_path / "second"])
    assert provider_mirrors.choose({AWS: "5.100.0"}, LINUX, found)[AWS].mirror == tmp_path / "second"


def test_of_two_equal_packages_the_earlier_mirror_is_chosen(tmp_path: Path) -> None:
    unpacked(tmp_path / "first")
    unpacked(tmp_path / "second")
    found = provider_mirrors.packages([tmp_path / "first", tmp_path / "second"])
    assert provider_mirrors.choose({AWS: "5.100.0"}, LINUX, found)[AWS].mirror == tmp_path / "first"


def chosen(path: str) -> Package:
    return Package(provider=AWS, version="5.100.0", platform=LINUX, mirror=Path(path), packed=False)


def test_a_mirror_is_included_for_what_it_holds_and_the_registry_excluded_for_it() -> None:
    assert provider_mirrors.cli_configuration({AWS: chosen("/srv/mirror")}) == (
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
    assert "direct {\n  }" in provider_mirrors.cli_configuration({})


def test_each_mirror_has_its_own_block() -> None:
    other = Package(provider=RANDOM, version="3.7.2", platform=LINUX, mirror=Path("/srv/other"), packed=True)
    text = provider_mirrors.cli_configuration({AWS: chosen("/srv/mirror"), RANDOM: other})
    assert text.count("filesystem_mirror {") == 2


def test_a_path_cannot_end_its_text() -> None:
    assert r'"/srv/a \"b\" $${c}"' in provider_mirrors.cli_configuration({AWS: chosen('/srv/a "b" ${c}')})


def test_the_plugin_cache_is_named_when_there_is_one() -> None:
    assert 'plugin_cache_dir = "/srv/cache"' in provider_mirrors.cli_configuration({}, plugin_cache=Path("/srv/cache"))


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


def test_versions_are_read_from_a_lock_file() -> None:
    assert provider_mirrors.locked_versions(LOCK) == {AWS: "5.100.0", RANDOM: "3.7.2"}


def test_an_empty_lock_file_locks_nothing() -> None:
    assert provider_mirrors.locked_versions("") == {}
