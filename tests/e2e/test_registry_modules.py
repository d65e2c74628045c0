"""Modules of a registry: real Terraform, real git, and a server that speaks the registry's protocol."""

from __future__ import annotations

import http.server
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.e2e import fetched_world
from tests.e2e.fetched_world import STACK, World

from infragate.domain.modules import module_lock, module_states
from infragate.domain.modules.module_lock import ModuleLock

VERSIONS = "/v1/modules/o/r/aws"


@dataclass(slots=True)
class Registry:
    """The versions of o/r/aws and the address of each; archives by path."""

    world: World
    port: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    archives: dict[str, bytes] = field(default_factory=dict)

    def call(self, version: str = "", folder: str = "", name: str = "a") -> str:
        written = f"  version = {json.dumps(version)}\n" if version else ""
        return f'module "{name}" {{\n  source = "registry.example/o/r/aws{folder}"\n{written}}}\n'

    def lock(self, code: str) -> ModuleLock:
        return module_lock.of_fetched({STACK: self.world.get_code(code).values()})

    def states(self, lock: ModuleLock) -> set[str]:
        return {state.state for state in module_states.verified(lock, self.world.fetched().values(), STACK)}

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if path == f"{VERSIONS}/versions":
            versions = [{"version": version} for version in self.versions]
            return 200, {"Content-Type": "application/json"}, json.dumps({"modules": [{"versions": versions}]}).encode()
        version = path.removeprefix(f"{VERSIONS}/").removesuffix("/download")
        if version in self.versions:
            return 204, {"X-Terraform-Get": self.versions[version]}, b""
        return (200, {}, self.archives[path]) if path in self.archives else (404, {}, b"")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    made = Registry(fetched_world.standing(tmp_path))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, headers, body = made.answer(self.path.partition("?")[0])
            self.send_response(code)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 (the name that http.server calls)

        def log_message(self, *_words: object) -> None:
            """Nothing is printed."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.port = server.server_port
        services = f'services = {{ "modules.v1" = "http://127.0.0.1:{made.port}/v1/modules/" }}'
        (tmp_path / "terraformrc").write_text(f'host "registry.example" {{\n  {services}\n}}\n')
        made.versions["1.2.0"] = made.world.source("", "?ref=v1.0.0")
        yield made
        server.shutdown()


def test_an_exact_version_is_locked_with_its_content(registry: Registry) -> None:
    lock = registry.lock(registry.call("1.2.0", "//a"))
    (pin,) = lock.pins
    assert (pin.source, pin.ref, pin.commit) == ("registry.example/o/r/aws//a", "1.2.0", None)
    assert registry.states(lock) == {"ok"}


@pytest.mark.parametrize("version", ["", ">= 1.0", "~> 1.2", "1.2.0, < 2", "!= 1.1.0"])
def test_a_version_that_allows_others_is_no_pin(registry: Registry, version: str) -> None:
    found = registry.world.get_code(registry.call(version, "//a"))["a"]
    assert "1.2.0" in (found.unpinned or "")
    assert found.where == "stack/main.tf:1"


@pytest.mark.parametrize("version", ["1.2.0", "= 1.2.0", "=1.2.0", "v1.2.0", "1.2"])
def test_a_version_that_allows_no_other_is_a_pin(registry: Registry, version: str) -> None:
    assert registry.world.get_code(registry.call(version, "//a"))["a"].unpinned is None


def test_a_version_range_inside_a_fetched_module_is_no_pin(registry: Registry) -> None:
    world = registry.world
    (world.modules / "b" / "main.tf").write_text(registry.call(">= 1.0", "//a", name="deep"))
    world.release("v2.0.0")
    found = world.get(b=world.source("b", "?ref=v2.0.0"))
    assert found["b"].unpinned is None
    assert "module b.deep has version '>= 1.0'" in (found["b.deep"].unpinned or "")
    assert found["b.deep"].where == "stack/main.tf:1"


def test_a_version_whose_content_changes_is_seen(registry: Registry) -> None:
    lock = registry.lock(registry.call("1.2.0", "//a"))
    (registry.world.modules / "a" / "main.tf").write_text('output "x" {\n  value = 2\n}\n')
    registry.world.release("v1.0.1")
    registry.versions["1.2.0"] = registry.world.source("", "?ref=v1.0.1")
    registry.world.get_code(registry.call("1.2.0", "//a"))
    assert registry.states(lock) == {"tampered"}


def test_a_file_that_is_changed_after_the_fetch_is_seen(registry: Registry) -> None:
    lock = registry.lock(registry.call("1.2.0", "//a"))
    (registry.world.data / "modules" / "a" / "a" / ".hidden").write_text("other")
    assert registry.states(lock) == {"tampered"}


def test_two_calls_of_a_module_are_one_pin(registry: Registry) -> None:
    code = registry.call("1.2.0", "//a") + registry.call("1.2.0", "//a", name="z")
    lock = registry.lock(code)
    assert len(lock.pins) == 1
    assert registry.states(lock) == {"ok"}


def test_a_registry_module_and_a_git_call_of_its_repository_are_both_locked(registry: Registry) -> None:
    """Terraform clones once and copies the clone; only it has the names that begin with a dot."""
    git = f'module "z" {{\n  source = "{registry.world.source("a", "?ref=v1.0.0")}"\n}}\n'
    both = registry.lock(registry.call("1.2.0", "//a") + git)
    alone = [*registry.lock(registry.call("1.2.0", "//a")).pins, *registry.lock(git).pins]
    assert {pin.source: pin.tree for pin in both.pins} == {pin.source: pin.tree for pin in alone}


def archive(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o644
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


def test_an_archive_is_locked_by_its_content(registry: Registry) -> None:
    registry.archives["/r.tar.gz"] = archive({"main.tf": "# 1\n", ".dot": "1"})
    registry.versions["2.0.0"] = f"http://127.0.0.1:{registry.port}/r.tar.gz"
    code = registry.call("2.0.0") + registry.call("2.0.0", name="z")
    lock = registry.lock(code)
    assert registry.states(lock) == {"ok"}
    assert registry.lock(registry.call("2.0.0")) == lock
    registry.archives["/r.tar.gz"] = archive({"main.tf": "# 1\n", ".dot": "2"})
    registry.world.get_code(code)
    assert registry.states(lock) == {"tampered"}


def test_another_version_in_the_code_than_the_fetched_one_is_not_current(registry: Registry) -> None:
    registry.lock(registry.call("1.2.0", "//a"))
    main = registry.world.folder / "stack" / "main.tf"
    main.write_text(main.read_text().replace("1.2.0", "1.3.0"))
    with pytest.raises(Exception, match=r"has version 1\.3\.0, but Terraform has 1\.2\.0"):
        registry.world.fetched()
