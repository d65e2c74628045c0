"""Installs from a real HTTP server on the loopback; the installed programs really run."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from tests.e2e.product import until
from tests.integration.vendor_server import (
    DEMO,
    QUICK,
    ROOT,
    Installer,
    Vendor,
    executable,
    leftovers,
    lock_file,
    lock_text,
    program,
    stalls,
    zipped,
)

from infragate.adapters.tools import progress, tools_file
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, InfragateError, Integrity, ToolFailed
from infragate.usecases import tools_install


def test_a_release_is_installed_and_runs(install: Installer, tmp_path: Path) -> None:
    tool = install()
    assert (tool.version, tool.source) == ("1.2.3", "release")
    assert subprocess.run([tool.path], capture_output=True, text=True, check=True).stdout == "demo v1.2.3\n"
    assert leftovers(tmp_path) == []


def test_the_digest_of_the_result_is_that_of_the_program(install: Installer) -> None:
    assert install().sha256 == hashlib.sha256(program()).hexdigest()


def test_only_the_named_member_is_unpacked(install: Installer, tmp_path: Path) -> None:
    tool = install()
    assert sorted(path.name for path in tool.path.parent.iterdir()) == ["demo", "manifest.json"]
    assert not list(tmp_path.rglob("evil"))


def test_a_second_install_comes_from_the_cache(install: Installer, vendor: Vendor) -> None:
    install()
    assert install().source == "cache"
    assert len(vendor.asked) == 1


def test_a_tar_archive_is_unpacked_as_well(install: Installer, vendor: Vendor) -> None:
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode="w:gz") as archive:
        entry = tarfile.TarInfo("bin/demo")
        entry.size = len(program())
        archive.addfile(entry, io.BytesIO(program()))
    vendor.body = box.getvalue()
    assert install(text=lock_text(vendor, archive="tar.gz", extra='member = "bin/demo"')).source == "release"


def test_a_program_without_an_archive_is_installed_as_it_is(install: Installer, vendor: Vendor) -> None:
    vendor.body = program()
    assert install(text=lock_text(vendor, archive="none")).source == "release"


def test_a_member_that_is_not_in_the_archive_is_bad_input(install: Installer, vendor: Vendor) -> None:
    with pytest.raises(BadInput, match="cannot extract"):
        install(text=lock_text(vendor, extra='member = "bin/other"'))


def test_the_right_version_on_path_is_used(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin/demo", program("1.9.0"))
    tool = install(path=str(there.parent))
    assert (tool.source, tool.version, tool.path) == ("path", "1.9.0", there)
    assert vendor.asked == []


def test_a_wrong_version_on_path_is_not_used_and_that_is_said(install: Installer, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin/demo", program("2.0.0"))
    said: list[str] = []
    tool = install(path=str(there.parent), said=said)
    assert tool.source == "release"
    assert "is not used: it is 2.0.0" in said[0]
    assert tool.notes == (said[0],)


def test_a_program_that_does_not_run_is_not_used(install: Installer, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin/demo", b"#!/bin/sh\nexit 1\n")
    tool = install(path=str(there.parent))
    assert tool.source == "release"
    assert "cannot be read" in tool.notes[0]


def test_a_relative_entry_of_path_is_passed_over(
    install: Installer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "here/demo", program())
    monkeypatch.chdir(tmp_path / "here")
    assert install(path=".").source == "release"


def test_a_platform_without_a_digest_is_bad_input(install: Installer) -> None:
    with pytest.raises(BadInput, match="not pinned for linux_arm64"):
        install(machine="aarch64")


def test_an_unknown_platform_is_bad_input(install: Installer) -> None:
    with pytest.raises(BadInput, match="riscv64"):
        install(machine="riscv64")


def test_a_changed_program_in_the_cache_is_an_integrity_error(install: Installer) -> None:
    tool = install()
    tool.path.write_bytes(program() + b"# more\n")
    with pytest.raises(Integrity, match="was changed"):
        install()


def test_a_new_pin_replaces_what_is_cached(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    install()
    vendor.body = zipped(program() + b"# repacked\n")
    tool = install(text=lock_text(vendor))
    assert tool.source == "release"
    assert tool.path.read_bytes().endswith(b"# repacked\n")
    assert leftovers(tmp_path) == []


def test_what_a_killed_install_left_is_cleared(install: Installer, tmp_path: Path) -> None:
    left = tmp_path / "cache/tools/demo/.1.2.3-linux_amd64.killed/demo"
    executable(left, b"half")
    install()
    assert not left.exists()


def test_a_release_that_says_another_version_is_not_installed(
    install: Installer, vendor: Vendor, tmp_path: Path
) -> None:
    vendor.body = zipped(program("1.2.4"))
    with pytest.raises(ToolFailed, match=r"prints 1\.2\.4"):
        install(text=lock_text(vendor))
    assert not list(tmp_path.rglob("demo/1.2.3-linux_amd64/demo"))


CHILD = """
import json, os, resource, signal, sys
from pathlib import Path
from infragate.adapters.tools.tool_store import Places
from tests.advice import spell
from infragate.domain.errors import InfragateError
from infragate.usecases.tools_install import ToolsInstallRequest, run
from tests.integration.vendor_server import DEMO
signal.signal(signal.SIGINT, signal.default_int_handler)
lock, cache, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
places = Places(cache=cache, search_path="", platform="linux_amd64", sources=lock.parent,
                environment=dict(PATH=os.defpath))
try:
    print(run(ToolsInstallRequest(lock_file=lock, places=places, programs=dict(demo=DEMO)),
              progress=lambda line: None).tools[0].source)
except InfragateError as error:
    print(json.dumps([error.exit_code, error.message, spell(error.fix)]))
except KeyboardInterrupt:
    print("interrupted")
"""


def child(tmp_path: Path, lock: Path, limit: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(lock), str(tmp_path / "cache"), str(limit)],
        env={"PATH": os.defpath, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_installs_at_once_download_once(vendor: Vendor, tmp_path: Path) -> None:
    lock = lock_file(tmp_path, lock_text(vendor))
    children = [child(tmp_path, lock) for _ in range(2)]
    answers = sorted(one.communicate(timeout=60)[0].strip() for one in children)
    assert answers == ["cache", "release"]
    assert len(vendor.asked) == 1


def test_a_full_disk_is_said_and_leaves_nothing(vendor: Vendor, tmp_path: Path) -> None:
    with child(tmp_path, lock_file(tmp_path, lock_text(vendor)), limit=100_000) as one:
        code, message, fix = json.loads(one.communicate(timeout=60)[0])
    assert code == 4
    assert "cannot write demo_1.2.3_linux_amd64.zip" in message
    assert "free some space" in fix
    assert leftovers(tmp_path) == []


def test_an_interrupted_download_leaves_nothing(vendor: Vendor, tmp_path: Path) -> None:
    vendor.steps = [stalls]
    with child(tmp_path, lock_file(tmp_path, lock_text(vendor))) as running:
        # Once the vendor is asked, nothing is imported any more: Python would swallow a Ctrl-C in the middle of that.
        until(lambda: vendor.asked and list((tmp_path / "cache").rglob(".demo_1.2.3_linux_amd64.zip.*")), seconds=30)
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=60)[0] == "interrupted\n"
    assert leftovers(tmp_path) == []


def test_a_lock_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InfragateError, match="no lock file"):
        tools_file.read(tmp_path / "tools.lock")


def foreign_text(vendor: Vendor) -> str:
    return lock_text(vendor).replace("linux_amd64 =", "darwin_arm64 =")


def test_a_program_for_another_machine_is_fetched_but_not_run(
    install: Installer, vendor: Vendor, tmp_path: Path
) -> None:
    vendor.body = zipped(b"a program of another machine")
    tool = install(text=foreign_text(vendor), platform="darwin_arm64")
    assert tool.path == tmp_path / "cache/tools/demo/1.2.3-darwin_arm64/demo"
    assert vendor.asked[0].endswith("demo_1.2.3_darwin_arm64.zip")


def test_path_does_not_count_for_another_machine(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin/demo", program())
    assert install(path=str(there.parent), text=foreign_text(vendor), platform="darwin_arm64").source == "release"


def test_a_second_fetch_for_another_machine_comes_from_the_cache(install: Installer, vendor: Vendor) -> None:
    install(text=foreign_text(vendor), platform="darwin_arm64")
    assert install(text=foreign_text(vendor), platform="darwin_arm64").source == "cache"


def test_a_fetch_for_another_machine_leaves_out_what_has_no_release_for_it(vendor: Vendor, tmp_path: Path) -> None:
    built = replace(DEMO, go_package=".")
    text = foreign_text(vendor) + '[tools.built]\nversion = "1.2.3"\naccepts = "==1.2.3"\n[tools.built.go]\n'
    request = Installer(tmp_path, vendor).request(text=text, platform="darwin_arm64")
    request = replace(request, programs={"demo": DEMO, "built": built})
    result = tools_install.run(request, progress=lambda line: None, patience=QUICK)
    assert [tool.name for tool in result.tools] == ["demo"]


def test_a_word_that_is_no_platform_is_bad_input(install: Installer) -> None:
    with pytest.raises(BadInput, match="not a platform"):
        install(platform="../../etc")


def test_a_check_installs_nothing(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="was not found") as caught:
        install(check=True)
    assert (caught.value.exit_code, caught.value.fix) == (4, Command("tools-install", ("--tool", "demo")))
    assert vendor.asked == []


def test_a_check_is_content_with_what_was_installed(install: Installer) -> None:
    install()
    assert install(check=True).source == "cache"


def test_a_long_build_says_that_it_goes_on() -> None:
    said: list[str] = []
    with progress.alive("building", "still building", lambda line: said.append(str(line)), silence=0.01):
        until(lambda: len(said) > 2, seconds=10)
    assert said[0] == "building"
    assert said[1].startswith("still building, ")
