"""Programs that are Python packages: real pip, from a folder of wheels that are written here."""

from __future__ import annotations

import base64
import hashlib
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.e2e.product import until
from tests.integration.vendor_server import (
    BASIC,
    DEMO,
    OWN,
    ROOT,
    Installer,
    executable,
    leftovers,
    lock_text,
    missing,
    serving,
    stalls,
)

from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, RemoteFailed, ToolFailed
from infragate.domain.programs import Program

SOURCE = 'import sys\n\n\ndef main() -> None:\n    print("demo v1.2.3", sys.executable)\n'
LOCK = 'schema_version = 1\n\n[tools.demo]\nversion = "1.2.3"\naccepts = "==1.2.3"\n\n[tools.demo.python]\n'


def wheel(folder: Path, files: Mapping[str, str], name: str = "demo_tool") -> str:
    """Write a wheel of version 1.2.3 into the folder; the line that pins it."""
    folder.mkdir(exist_ok=True)
    about = f"{name}-1.2.3.dist-info"
    texts = {
        **files,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.3\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {path: hashlib.sha256(text.encode()).digest() for path, text in texts.items()}
    texts[f"{about}/RECORD"] = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')},\n" for path, digest in digests.items()
    )
    path = folder / f"{name}-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in texts.items():
            entry = zipfile.ZipInfo(inside)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
    return f"{name.replace('_', '-')}==1.2.3 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def installer(folder: Path, pins: str, program: Program = OWN) -> Installer:
    """Installs `demo` with pip from the wheels in `folder`/wheels."""
    (folder / "policy" / "demo").mkdir(parents=True, exist_ok=True)
    (folder / "policy" / "demo" / "requirements.lock").write_text(pins)
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (folder / "wheels").as_uri()}
    with serving() as vendor:
        return Installer(folder, vendor, demo=program, environment={**BASIC, **index})


def package(folder: Path) -> str:
    entry = "[console_scripts]\ndemo = demo_tool:main\n"
    files = {"demo_tool/__init__.py": SOURCE, "demo_tool-1.2.3.dist-info/entry_points.txt": entry}
    return wheel(folder / "wheels", files)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Installer:
    """An installer whose cache holds `demo` in a venv of its own, below a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("pip") / "with space"
    folder.mkdir()
    made = installer(folder, package(folder))
    assert made(text=LOCK).source == "python"
    return made


@pytest.fixture
def installed(first: Installer) -> Iterator[Installer]:
    """The same; what a test does to the venv is undone."""
    cache = first.folder / "cache"
    kept = shutil.copytree(cache, first.folder / "kept", symlinks=True)
    yield first
    shutil.rmtree(cache)
    kept.rename(cache)


def test_the_program_runs_in_the_python_of_its_own_venv(installed: Installer) -> None:
    tool = installed(text=LOCK)
    output = subprocess.run([tool.path], capture_output=True, text=True, check=True).stdout
    assert output == f"demo v1.2.3 {tool.python}\n"
    assert tool.python.resolve() == Path(sys.executable).resolve()


def test_a_second_install_comes_from_the_cache_and_runs_nothing(installed: Installer) -> None:
    said: list[str] = []
    assert installed(text=LOCK, said=said).source == "cache"
    assert said == []


def test_nothing_is_left_for_the_first_run_to_compile(installed: Installer) -> None:
    tool = installed(text=LOCK)
    subprocess.run([tool.path], check=True, capture_output=True)
    assert installed(text=LOCK).sha256 == tool.sha256


def test_a_changed_file_of_the_venv_is_an_integrity_error(installed: Installer) -> None:
    tool = installed(text=LOCK)
    (source,) = tool.path.parents[1].rglob("demo_tool/__init__.py")
    source.write_text(SOURCE.replace("1.2.3", "6.6.6"))
    with pytest.raises(Integrity, match="was changed"):
        installed(text=LOCK)


def test_a_file_that_somebody_adds_to_the_venv_is_an_integrity_error(installed: Installer) -> None:
    tool = installed(text=LOCK)
    (source,) = tool.path.parents[1].rglob("demo_tool/__init__.py")
    source.with_name("more.pth").write_text("import os\n")
    with pytest.raises(Integrity, match="was changed"):
        installed(text=LOCK)


def test_a_venv_whose_python_is_gone_is_not_installed(installed: Installer) -> None:
    tool = installed(text=LOCK)
    tool.python.unlink()
    with pytest.raises(ToolFailed, match="was not found"):
        installed(text=LOCK, check=True)


def test_other_pins_make_it_not_installed(installed: Installer) -> None:
    pins = installed.folder / "policy" / "demo" / "requirements.lock"
    before = pins.read_text()
    pins.write_text(f"# newer\n{before}")
    with pytest.raises(ToolFailed, match="was not found"):
        installed(text=LOCK, check=True)
    pins.write_text(before)


def test_a_program_on_path_is_never_used_for_it(installed: Installer, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin" / "demo", b"#!/bin/sh\necho demo v1.2.3\n")
    assert installed(text=LOCK, path=str(there.parent)).source == "cache"


def test_a_package_that_differs_from_its_digest_is_never_installed(tmp_path: Path) -> None:
    pins = package(tmp_path)
    wheel(tmp_path / "wheels", {"demo_tool/__init__.py": "import os\n"})
    with pytest.raises(Integrity, match="differs from its pin: Expected sha256"):
        installer(tmp_path, pins)(text=LOCK)
    assert not list(tmp_path.rglob("demo_tool"))


def test_a_package_that_pip_cannot_find_is_a_network_failure_with_the_way_out(tmp_path: Path) -> None:
    pins = package(tmp_path)
    shutil.rmtree(tmp_path / "wheels")
    with pytest.raises(RemoteFailed, match="pip cannot install it") as caught:
        installer(tmp_path, pins)(text=LOCK)
    assert caught.value.exit_code == 5
    assert isinstance(caught.value.fix, tuple)
    assert caught.value.fix[1] == Command("tools-install", ("--tool", "demo"))


def test_packages_that_pin_another_version_are_refused(tmp_path: Path) -> None:
    pins = package(tmp_path).replace("1.2.3", "1.2.30")
    with pytest.raises(BadInput, match=r"it pins demo-tool 1\.2\.30; tools\.lock says 1\.2\.3"):
        installer(tmp_path, pins)(text=LOCK)


def test_packages_without_a_file_of_pins_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no pins for demo"), serving() as vendor:
        Installer(tmp_path, vendor, demo=OWN)(text=LOCK)


def test_a_script_of_the_package_itself_starts_in_a_folder_with_a_space(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    script = "#!python\nimport demo_tool\ndemo_tool.main()\n"
    files = {"demo_tool/__init__.py": SOURCE, "demo_tool-1.2.3.data/scripts/demo": script}
    tool = installer(folder, wheel(folder / "wheels", files))(text=LOCK)
    output = subprocess.run([tool.path], capture_output=True, text=True, check=True).stdout
    assert output == f"demo v1.2.3 {tool.python}\n"


def test_a_program_in_a_package_leaves_no_python_behind(tmp_path: Path) -> None:
    script = "#!/bin/sh\necho demo v1.2.3\n"
    pins = wheel(tmp_path / "wheels", {"demo_tool-1.2.3.data/scripts/demo": script})
    program = replace(DEMO, python_package="demo-tool")
    with serving() as vendor:
        vendor.steps = [missing]
        made = replace(installer(tmp_path, pins, program), vendor=vendor)
        said: list[str] = []
        tool = made(text=lock_text(vendor) + "[tools.demo.python]\n", said=said)
    assert tool.source == "python"
    assert sorted(path.name for path in tool.path.parent.iterdir()) == ["demo", "manifest.json"]
    assert any("taking its package instead" in line for line in said)


CHILD = """
import signal, sys
from pathlib import Path
from infragate.domain.errors import Interrupted
from tests.integration.vendor_server import BASIC, OWN, Installer, Vendor
signal.signal(signal.SIGINT, signal.default_int_handler)
settings = {"PIP_INDEX_URL": sys.argv[2]}
try:
    Installer(Path(sys.argv[1]), Vendor(body=b""), demo=OWN, environment={**BASIC, **settings})(text=sys.argv[3])
except Interrupted as error:
    print("ended by", error.signal_number)
"""


def test_an_interrupted_pip_is_ended_and_leaves_nothing(tmp_path: Path) -> None:
    installer(tmp_path, package(tmp_path))
    with serving() as vendor:
        vendor.steps = [stalls]
        command = [sys.executable, "-c", CHILD, str(tmp_path), vendor.url, LOCK]
        environment = {**BASIC, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
            until(lambda: bool(vendor.asked), seconds=60)
            running.send_signal(signal.SIGINT)
            assert running.communicate(timeout=60)[0] == "ended by 2\n"
    assert leftovers(tmp_path) == []
