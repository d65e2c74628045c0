"""Programs that Go builds when their release cannot be had."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.vendor_server import Installer, Vendor, lock_text, missing, tampered

from infragate.domain.errors import BadInput, Integrity, ToolFailed

GO_MAIN = 'package main\n\nimport "fmt"\n\nvar version = "none"\n\nfunc main() { fmt.Println("demo v" + version) }\n'


def go_lock(vendor: Vendor) -> str:
    return lock_text(vendor) + '[tools.demo.go]\nldflags = "-X main.version={version}"\n'


def go_module(tmp_path: Path) -> str:
    """A module of our own without dependencies; gives the folder of the go command."""
    folder = tmp_path / "policy" / "demo"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/demo\n\ngo 1.20\n")
    (folder / "main.go").write_text(GO_MAIN)
    go = shutil.which("go")
    assert go is not None, "Go is needed for this test"
    return str(Path(go).parent)


def test_a_program_is_built_by_go_when_the_release_cannot_be_had(
    install: Installer, vendor: Vendor, tmp_path: Path
) -> None:
    go = go_module(tmp_path)
    vendor.steps = [missing]
    said: list[str] = []
    tool = install(path=go, text=go_lock(vendor), said=said)
    assert tool.source == "go"
    assert subprocess.run([tool.path], capture_output=True, text=True, check=True).stdout == "demo v1.2.3\n"
    assert any("building it with Go" in line for line in said)


def test_a_built_program_comes_from_the_cache_until_its_modules_change(
    install: Installer, vendor: Vendor, tmp_path: Path
) -> None:
    go = go_module(tmp_path)
    vendor.steps = [missing]
    install(path=go, text=go_lock(vendor))
    assert install(path=go, text=go_lock(vendor)).source == "cache"
    (tmp_path / "policy/demo/go.mod").write_text("module example.com/demo\n\ngo 1.21\n")
    assert install(path=go, text=go_lock(vendor)).source == "go"


def test_a_tampered_release_is_never_answered_with_a_build(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    go = go_module(tmp_path)
    vendor.steps = [tampered]
    with pytest.raises(Integrity):
        install(path=go, text=go_lock(vendor))


def test_a_build_without_go_says_what_is_missing(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    go_module(tmp_path)
    vendor.steps = [missing]
    with pytest.raises(ToolFailed, match="Go is needed"):
        install(text=go_lock(vendor))


def test_builds_in_two_folders_give_the_same_bytes(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    vendor.steps = [missing]
    first = install(path=go_module(tmp_path), text=go_lock(vendor))
    elsewhere = tmp_path / "another folder"
    elsewhere.mkdir()
    own_caches = {name: str(elsewhere / name) for name in ("GOCACHE", "GOMODCACHE")}
    second = replace(install, folder=elsewhere, environment={**install.environment, **own_caches, "GOFLAGS": "-race"})
    again = second(path=go_module(elsewhere), text=go_lock(vendor))
    assert (again.source, again.path == first.path) == ("go", False)
    assert again.sha256 == first.sha256
    manifest = json.loads(again.path.with_name("manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(again.path.read_bytes()).hexdigest()


def test_a_module_that_pins_another_version_is_not_built(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    go = go_module(tmp_path)
    module = tmp_path / "policy" / "demo" / "go.mod"
    module.write_text(module.read_text() + "\nrequire example.com/vendor/demo v1.2.4\n")
    vendor.steps = [missing]
    vendors = replace(install, demo=replace(install.demo, go_package="example.com/vendor/demo/cmd/demo"))
    with pytest.raises(BadInput, match=r"it pins example\.com/vendor/demo 1\.2\.4; tools\.lock says 1\.2\.3"):
        vendors(path=go, text=go_lock(vendor))
