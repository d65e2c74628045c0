"""The one way in which verbs find Terraform: the real program, and what is said when there is none."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import time
from pathlib import Path

import pytest

from infragate.adapters.local import files, settings
from infragate.adapters.tools import tool_store, tools_file
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, ToolFailed
from infragate.usecases import stack

ROOT = Path(__file__).parents[2]


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's Terraform, found through a PATH of one folder, with an empty cache."""
    found = shutil.which("terraform")
    assert found is not None, "Terraform is needed for this test"
    monkeypatch.setenv("PATH", str(Path(found).parent))
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "cache"))
    return Path(found)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH, before anything else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin")
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "cache"))
    return folder


def pretend(folder: Path, version: str) -> Path:
    """A program that says the version of a Terraform."""
    program = folder / "terraform"
    program.write_text(f"#!/bin/sh\necho '{json.dumps({'terraform_version': version})}'\n")
    program.chmod(0o755)
    return program


def test_the_terraform_on_path_is_found_with_its_version(real: Path) -> None:
    found = tool_store.program("terraform", ROOT)
    assert (found.path, found.source) == (real, "path")
    assert found.version.startswith("1.11.")


@pytest.mark.parametrize(
    ("name", "value", "seen"), [("GOGC", "", "400"), ("GOGC", "off", "off"), ("GOMEMLIMIT", "1GiB", "1GiB")]
)
def test_who_sets_how_go_collects_garbage_is_obeyed(
    own: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, seen: str
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    monkeypatch.setenv(name, value)
    pretend(own, "1.11.4")
    terraform = stack.terraform_in(
        own,
        root=own,
        program=tool_store.program("terraform", ROOT),
        data_folder=own / "data",
        where="a folder",
        variables={},
    )
    assert terraform.environment[name] == seen


def test_the_second_time_it_is_not_started(real: Path, tmp_path: Path) -> None:
    tool_store.program("terraform", ROOT)
    (note,) = (tmp_path / "cache/tools/identities").iterdir()
    known = json.loads(note.read_text())
    note.write_text(json.dumps({**known, "version": "1.11.99"}))
    assert tool_store.program("terraform", ROOT).version == "1.11.99"


def test_a_replaced_program_is_asked_again(real: Path, own: Path) -> None:
    copy = own / "terraform"
    shutil.copy2(real, copy)
    first = tool_store.program("terraform", ROOT)
    times = copy.stat()
    with copy.open("ab") as sink:
        sink.write(b"\0")
    os.utime(copy, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert tool_store.program("terraform", ROOT).sha256 != first.sha256


def test_a_version_managers_shim_is_asked_every_time(own: Path) -> None:
    pretend(own, "1.11.4")
    assert tool_store.program("terraform", ROOT).version == "1.11.4"
    inode = (own / "terraform").stat().st_ino
    (own / "terraform").write_text((own / "terraform").read_text().replace("1.11.4", "1.11.5"))
    assert (own / "terraform").stat().st_ino == inode
    assert tool_store.program("terraform", ROOT).version == "1.11.5"


def test_no_terraform_is_a_missing_tool_with_the_command_that_cures_it(own: Path) -> None:
    with pytest.raises(ToolFailed, match="was not found") as caught:
        tool_store.program("terraform", ROOT)
    assert (caught.value.exit_code, caught.value.fix) == (4, Command("tools-install", ("--tool", "terraform")))


@pytest.mark.parametrize("version", ["1.9.8", "1.12.0", "2.0.0", "1.11.3"])
def test_a_terraform_outside_the_range_is_named_and_not_used(own: Path, version: str) -> None:
    program = pretend(own, version)
    with pytest.raises(ToolFailed) as caught:
        tool_store.program("terraform", ROOT)
    assert f"{program} is not used: it is {version}" in caught.value.message


def test_a_terraform_that_does_not_run_is_not_used(own: Path) -> None:
    program = own / "terraform"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(ToolFailed, match="its version cannot be read"):
        tool_store.program("terraform", ROOT)


def test_a_later_folder_of_path_may_hold_the_right_one(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(own, "1.5.7")
    (tmp_path / "later").mkdir()
    right = pretend(tmp_path / "later", "1.11.4")
    monkeypatch.setenv("PATH", f"{own}{os.pathsep}{right.parent}{os.pathsep}/bin")
    found = tool_store.program("terraform", ROOT)
    assert found.path == right
    assert "it is 1.5.7" in found.notes[0]


def cached_terraform() -> Path:
    """A program in the cache, as `tools-install` leaves it."""
    lock_file = ROOT / tools_file.RELATIVE
    tool = tools_file.read(lock_file).select(("terraform",))[0]
    places = tool_store.own_places(lock_file)
    folder = tool_store.cache_folder(tool, places)
    folder.mkdir(parents=True)
    program = pretend(folder, "1.11.4")
    manifest = {
        "source": "release",
        "origin": tool_store.origin(tool, places, "release"),
        "sha256": files.sha256(program),
    }
    (folder / tool_store.MANIFEST).write_text(json.dumps(manifest))
    return program


def test_the_cache_is_used_when_path_has_none(own: Path) -> None:
    program = cached_terraform()
    found = tool_store.program("terraform", ROOT)
    assert (found.path, found.source) == (program, "cache")


def test_a_changed_program_in_the_cache_is_refused(own: Path) -> None:
    cached_terraform().write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(Integrity, match="was changed"):
        tool_store.program("terraform", ROOT)


def test_a_cache_that_cannot_be_written_only_costs_time(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "file" / "cache"))
    assert tool_store.program("terraform", ROOT).source == "path"


def test_a_broken_memory_is_made_anew(real: Path, tmp_path: Path) -> None:
    tool_store.program("terraform", ROOT)
    (note,) = (tmp_path / "cache/tools/identities").iterdir()
    note.write_text('{"stamp": 7')
    assert tool_store.program("terraform", ROOT).version.startswith("1.11.")


def test_a_folder_without_a_lock_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no lock file"):
        tool_store.program("terraform", tmp_path)


def test_finding_it_costs_less_than_fifty_milliseconds(real: Path) -> None:
    tool_store.program("terraform", ROOT)
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        tool_store.program("terraform", ROOT)
        times.append(time.perf_counter() - begin)
    assert statistics.median(times) < 0.05


def test_a_broken_configuration_of_the_user_does_not_matter(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".terraformrc").write_text("garbage {{{")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "nowhere.tfrc"))
    assert settings.terraform_cli_config() == tmp_path / "home" / ".terraformrc"
    assert tool_store.program("terraform", ROOT).source == "path"
