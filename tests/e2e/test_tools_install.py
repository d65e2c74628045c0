"""Installs from a real HTTP server on the loopback; the installed programs really run."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infragate.adapters import downloads, mirrors, tool_store
from infragate.domain.errors import BadInput, InfragateError, Integrity, RemoteFailed, ToolFailed
from infragate.usecases import tools_install
from infragate.usecases.tools_install import InstalledTool, ToolsInstallRequest

ROOT = Path(__file__).parents[2]
BASIC = {"PATH": os.defpath, "HOME": os.environ.get("HOME", "/")}
QUICK = downloads.Patience(attempts=3, first_wait=0.01, longest_wait=0.02, connect=2, read=2)


def program(version: str = "1.2.3") -> bytes:
    """A program of about 300 kB, so that a transfer can break in the middle."""
    padding = hashlib.shake_256(b"padding").hexdigest(150_000)
    return f"#!/bin/sh\necho demo v{version}\nexit 0\n{padding}\n".encode()


def zipped(content: bytes, member: str = "demo") -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("../evil", b"not wanted")
        archive.writestr(member, content)
    return box.getvalue()


@dataclass
class Vendor:
    """What the server does with each request, in turn; the last step stays."""

    body: bytes
    steps: list[Callable[[http.server.BaseHTTPRequestHandler, Vendor], None]] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.append((handler.path, handler.headers.get("Range")))
        step = (self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]) if self.steps else whole
        step(handler, self)


Handler = http.server.BaseHTTPRequestHandler


def send(handler: Handler, status: int, body: bytes, *, claim: int | None = None, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if claim is None else claim))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: Handler, vendor: Vendor) -> None:
    """A good server: the file, or the rest of it when the version is still the same."""
    etag = f'"{hashlib.sha256(vendor.body).hexdigest()[:12]}"'
    asked = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if asked and handler.headers.get("If-Range") == etag:
        start = int(asked.group(1))
        place = f"bytes {start}-{len(vendor.body) - 1}/{len(vendor.body)}"
        send(handler, 206, vendor.body[start:], ETag=etag, Content_Range=place)
        return
    send(handler, 200, vendor.body, ETag=etag)


def dies_half_way(handler: Handler, vendor: Vendor) -> None:
    etag = f'"{hashlib.sha256(vendor.body).hexdigest()[:12]}"'
    send(handler, 200, vendor.body[: len(vendor.body) // 2], claim=len(vendor.body), ETag=etag)
    handler.close_connection = True


def dies_half_way_as_another_version(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, b"x" * (len(vendor.body) // 2), claim=len(vendor.body), ETag='"another"')
    handler.close_connection = True


def truncated(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, vendor.body[:-100])


def tampered(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, vendor.body[:-1] + b"!")


def broken(handler: Handler, _vendor: Vendor) -> None:
    send(handler, 500, b"oops")


def missing(handler: Handler, _vendor: Vendor) -> None:
    send(handler, 404, b"no such file")


def redirect(handler: Handler, _vendor: Vendor) -> None:
    send(handler, 302, b"", Location="/elsewhere/demo.zip")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor(body=zipped(program()))

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            vendor.answer(self)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield vendor
    server.shutdown()
    server.server_close()
    thread.join()


def lock_text(vendor: Vendor, *, extra: str = "", archive: str = "zip", sha256: str | None = None) -> str:
    digest = sha256 or hashlib.sha256(vendor.body).hexdigest()
    return f"""\
schema_version = 1

[tools.demo]
version = "1.2.3"
accepts = ">=1.2,<2"
url = "{vendor.url}/demo/{{version}}/demo_{{version}}_{{os}}_{{arch}}.{archive}"
archive = "{archive}"
version_command = ["version"]
version_pattern = "demo v([0-9.]+)"
{extra}
[tools.demo.sha256]
linux_amd64 = "{digest}"

[tools.demo.confirmed_by]
linux_amd64 = ["one", "two"]
"""


def lock_file(folder: Path, text: str) -> Path:
    path = folder / "policy" / "tools.lock"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def install(tmp_path: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Callable[..., InstalledTool]:
    """Installs `demo`; keywords change the request or the lock. Waits between attempts are short."""
    monkeypatch.setattr(downloads, "Patience", lambda: QUICK)

    def install(
        *,
        path: str = "",
        mirror: str | None = None,
        machine: str = "x86_64",
        text: str | None = None,
        said: list[str] | None = None,
    ) -> InstalledTool:
        request = ToolsInstallRequest(
            lock_file=lock_file(tmp_path, text or lock_text(vendor)),
            cache=tmp_path / "cache",
            search_path=path,
            mirror=mirror,
            environment=BASIC,
            system="Linux",
            machine=machine,
        )
        say = said.append if said is not None else lambda _line: None
        return tools_install.run(request, progress=say).tools[0]

    return install


Install = Callable[..., InstalledTool]


def leftovers(tmp_path: Path) -> list[str]:
    """What an install left besides programs and lock files."""
    found = (tmp_path / "cache").rglob("*")
    return sorted(
        path.name
        for path in found
        if path.is_file() and path.name not in {"demo", "manifest.json"} and path.suffix != ".lock"
    )


def executable(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def test_a_release_is_installed_and_runs(install: Install, tmp_path: Path) -> None:
    tool = install()
    assert (tool.version, tool.source) == ("1.2.3", "release")
    assert subprocess.run([tool.path], capture_output=True, text=True, check=True).stdout == "demo v1.2.3\n"
    assert leftovers(tmp_path) == []


def test_the_digest_of_the_result_is_that_of_the_program(install: Install) -> None:
    assert install().sha256 == hashlib.sha256(program()).hexdigest()


def test_only_the_named_member_is_unpacked(install: Install, tmp_path: Path) -> None:
    tool = install()
    assert sorted(path.name for path in tool.path.parent.iterdir()) == ["demo", "manifest.json"]
    assert not list(tmp_path.rglob("evil"))


def test_a_second_install_comes_from_the_cache(install: Install, vendor: Vendor) -> None:
    install()
    assert install().source == "cache"
    assert len(vendor.asked) == 1


def test_a_tar_archive_is_unpacked_as_well(install: Install, vendor: Vendor) -> None:
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode="w:gz") as archive:
        entry = tarfile.TarInfo("bin/demo")
        entry.size = len(program())
        archive.addfile(entry, io.BytesIO(program()))
    vendor.body = box.getvalue()
    assert install(text=lock_text(vendor, archive="tar.gz", extra='member = "bin/demo"')).source == "release"


def test_a_program_without_an_archive_is_installed_as_it_is(install: Install, vendor: Vendor) -> None:
    vendor.body = program()
    assert install(text=lock_text(vendor, archive="none")).source == "release"


def test_a_member_that_is_not_in_the_archive_is_bad_input(install: Install, vendor: Vendor) -> None:
    with pytest.raises(BadInput, match="cannot be taken out"):
        install(text=lock_text(vendor, extra='member = "bin/other"'))


@pytest.mark.parametrize("harm", [truncated, tampered])
def test_a_harmed_file_is_an_integrity_error_and_is_removed(
    install: Install, vendor: Vendor, tmp_path: Path, harm: Callable[[Handler, Vendor], None]
) -> None:
    vendor.steps = [harm]
    with pytest.raises(Integrity) as caught:
        install()
    assert re.search("expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}", caught.value.message)
    assert caught.value.exit_code == 7
    assert leftovers(tmp_path) == []
    assert not list(tmp_path.rglob("demo"))


def test_a_broken_transfer_goes_on_where_it_stopped(install: Install, vendor: Vendor) -> None:
    vendor.steps = [dies_half_way, whole]
    assert install().source == "release"
    assert [asked for _path, asked in vendor.asked] == [None, f"bytes={len(vendor.body) // 2}-"]


def test_a_later_run_goes_on_where_the_network_failed(install: Install, vendor: Vendor) -> None:
    vendor.steps = [dies_half_way, broken]
    with pytest.raises(RemoteFailed):
        install()
    vendor.steps, vendor.asked = [whole], []
    install()
    assert [asked for _path, asked in vendor.asked] == [f"bytes={len(vendor.body) // 2}-"]


def test_a_piece_of_another_version_is_not_continued(install: Install, vendor: Vendor) -> None:
    vendor.steps = [dies_half_way_as_another_version, whole]
    assert install().source == "release"


def test_a_server_that_always_dies_is_a_remote_failure(install: Install, vendor: Vendor) -> None:
    vendor.steps = [dies_half_way]
    with pytest.raises(RemoteFailed, match="3 times"):
        install()


def test_a_missing_release_is_a_remote_failure_without_a_retry(install: Install, vendor: Vendor) -> None:
    vendor.steps = [missing]
    with pytest.raises(RemoteFailed, match="404"):
        install()
    assert len(vendor.asked) == 1


def test_a_server_error_is_tried_again(install: Install, vendor: Vendor) -> None:
    vendor.steps = [broken, broken, whole]
    assert install().source == "release"


def test_a_redirect_is_followed(install: Install, vendor: Vendor) -> None:
    vendor.steps = [redirect, whole]
    install()
    assert [path for path, _asked in vendor.asked][1] == "/elsewhere/demo.zip"


def test_no_server_at_all_is_a_remote_failure(install: Install, vendor: Vendor) -> None:
    with pytest.raises(RemoteFailed, match="no connection") as caught:
        install(mirror="http://127.0.0.1:9")
    assert caught.value.exit_code == 5


def test_a_mirror_stands_in_for_the_vendor(install: Install, vendor: Vendor) -> None:
    text = lock_text(vendor).replace(vendor.url, "https://releases.example.com")
    assert install(text=text, mirror=f"{vendor.url}/proxy/").source == "mirror"
    assert vendor.asked[0][0] == "/proxy/demo/1.2.3/demo_1.2.3_linux_amd64.zip"


def test_a_password_in_the_mirrors_address_is_not_shown(install: Install, vendor: Vendor) -> None:
    vendor.steps = [missing]
    said: list[str] = []
    with pytest.raises(RemoteFailed) as caught:
        install(mirror=vendor.url.replace("//", "//robot:hunter2@"), said=said)
    assert "hunter2" not in f"{said} {caught.value.where} {caught.value.message}"


def test_the_right_version_on_path_is_used(install: Install, vendor: Vendor, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin/demo", program("1.9.0"))
    tool = install(path=str(there.parent))
    assert (tool.source, tool.version, tool.path) == ("path", "1.9.0", there)
    assert vendor.asked == []


def test_a_wrong_version_on_path_is_not_used_and_that_is_said(install: Install, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin/demo", program("2.0.0"))
    said: list[str] = []
    tool = install(path=str(there.parent), said=said)
    assert tool.source == "release"
    assert "is not used: it is 2.0.0" in said[0]
    assert tool.notes == (said[0],)


def test_a_program_that_does_not_run_is_not_used(install: Install, tmp_path: Path) -> None:
    there = executable(tmp_path / "bin/demo", b"#!/bin/sh\nexit 1\n")
    tool = install(path=str(there.parent))
    assert tool.source == "release"
    assert "cannot be read" in tool.notes[0]


def test_a_relative_entry_of_path_is_passed_over(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "here/demo", program())
    monkeypatch.chdir(tmp_path / "here")
    assert install(path=".").source == "release"


def test_a_platform_without_a_digest_is_bad_input(install: Install) -> None:
    with pytest.raises(BadInput, match="not pinned for linux_arm64"):
        install(machine="aarch64")


def test_an_unknown_platform_is_bad_input(install: Install) -> None:
    with pytest.raises(BadInput, match="riscv64"):
        install(machine="riscv64")


def test_a_changed_program_in_the_cache_is_an_integrity_error(install: Install) -> None:
    tool = install()
    tool.path.write_bytes(program() + b"# more\n")
    with pytest.raises(Integrity, match="was changed"):
        install()


def test_a_new_pin_replaces_what_is_cached(install: Install, vendor: Vendor, tmp_path: Path) -> None:
    install()
    vendor.body = zipped(program() + b"# repacked\n")
    tool = install(text=lock_text(vendor))
    assert tool.source == "release"
    assert tool.path.read_bytes().endswith(b"# repacked\n")
    assert leftovers(tmp_path) == []


def test_what_a_killed_install_left_is_cleared(install: Install, tmp_path: Path) -> None:
    left = tmp_path / "cache/tools/demo/.1.2.3-linux_amd64.killed/demo"
    executable(left, b"half")
    install()
    assert not left.exists()


def test_a_release_that_says_another_version_is_not_installed(install: Install, vendor: Vendor, tmp_path: Path) -> None:
    vendor.body = zipped(program("1.2.4"))
    with pytest.raises(ToolFailed, match=r"says 1\.2\.4"):
        install(text=lock_text(vendor))
    assert not list(tmp_path.rglob("demo/1.2.3-linux_amd64/demo"))


CHILD = """
import json, os, resource, sys
from pathlib import Path
from infragate.domain.errors import InfragateError
from infragate.usecases.tools_install import ToolsInstallRequest, run
lock, cache, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
request = ToolsInstallRequest(lock_file=Path(lock), cache=Path(cache), environment=dict(PATH=os.defpath),
                              system="Linux", machine="x86_64")
try:
    print(run(request, progress=lambda line: None).tools[0].source)
except InfragateError as error:
    print(json.dumps([error.exit_code, error.message, error.fix]))
"""


def child(tmp_path: Path, lock: Path, limit: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(lock), str(tmp_path / "cache"), str(limit)],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path)},
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
    assert "cannot write the download" in message
    assert "free some space" in fix
    assert leftovers(tmp_path) == []


GO_MAIN = 'package main\n\nimport "fmt"\n\nvar version = "none"\n\nfunc main() { fmt.Println("demo v" + version) }\n'


def go_lock(vendor: Vendor) -> str:
    return lock_text(vendor) + '[tools.demo.go]\npackage = "."\nldflags = "-X main.version={version}"\n'


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
    install: Install, vendor: Vendor, tmp_path: Path
) -> None:
    go = go_module(tmp_path)
    vendor.steps = [missing]
    said: list[str] = []
    tool = install(path=go, text=go_lock(vendor), said=said)
    assert tool.source == "go"
    assert subprocess.run([tool.path], capture_output=True, text=True, check=True).stdout == "demo v1.2.3\n"
    assert any("building it with Go" in line for line in said)


def test_a_built_program_comes_from_the_cache_until_its_modules_change(
    install: Install, vendor: Vendor, tmp_path: Path
) -> None:
    go = go_module(tmp_path)
    vendor.steps = [missing]
    install(path=go, text=go_lock(vendor))
    assert install(path=go, text=go_lock(vendor)).source == "cache"
    (tmp_path / "policy/demo/go.mod").write_text("module example.com/demo\n\ngo 1.21\n")
    assert install(path=go, text=go_lock(vendor)).source == "go"


def test_a_tampered_release_is_never_answered_with_a_build(install: Install, vendor: Vendor, tmp_path: Path) -> None:
    go = go_module(tmp_path)
    vendor.steps = [tampered]
    with pytest.raises(Integrity):
        install(path=go, text=go_lock(vendor))


def test_a_build_without_go_says_what_is_missing(install: Install, vendor: Vendor, tmp_path: Path) -> None:
    go_module(tmp_path)
    vendor.steps = [missing]
    with pytest.raises(ToolFailed, match="Go is needed"):
        install(text=go_lock(vendor))


def test_the_shipped_lock_accepts_the_terraform_on_path() -> None:
    found = shutil.which("terraform")
    assert found is not None, "Terraform is needed for this test"
    lock = tool_store.read_lock(ROOT / "policy" / "tools" / "tools.lock")
    places = tool_store.Places(
        cache=Path("/nonexistent"),
        search_path=str(Path(found).parent),
        platform="linux_amd64",
        mirror=None,
        go_sources=ROOT / "policy" / "tools",
        environment=BASIC,
    )
    located = tool_store.locate(lock.select(("terraform",))[0], places)
    assert located is not None
    assert located.source == "path"


def test_a_lock_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InfragateError, match="no lock file"):
        tool_store.read_lock(tmp_path / "tools.lock")


def test_terraform_takes_a_provider_from_the_mirror_that_was_found(tmp_path: Path) -> None:
    mirror = tmp_path / "addons" / "providers"
    executable(
        mirror / "registry.terraform.io/acme/demo/1.0.0/linux_amd64/terraform-provider-demo_v1.0.0", b"#!/bin/sh\n"
    )
    roots = mirrors.Roots(working=tmp_path, home=tmp_path, data_folders=(), system="Linux", addons=mirror.parent)
    wanted = {"registry.terraform.io/acme/demo": "1.0.0"}
    chosen = mirrors.choose(wanted, "linux_amd64", mirrors.packages(mirrors.folders(roots)))
    (tmp_path / "cli.tfrc").write_text(mirrors.cli_configuration(chosen))
    (tmp_path / "main.tf").write_text(
        'terraform {\n  required_providers {\n    demo = { source = "acme/demo", version = "1.0.0" }\n  }\n}\n'
    )
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "cli.tfrc"), "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        ["terraform", f"-chdir={tmp_path}", "init", "-no-color"], env=environment, capture_output=True, text=True
    )
    assert "Installed acme/demo v1.0.0" in done.stdout, done.stderr
    assert mirrors.locked_versions((tmp_path / ".terraform.lock.hcl").read_text()) == wanted
