"""A hostile checkout on a user's machine, and whether an attack of it has succeeded."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.attacks.rows import Act, Read
from tests.e2e import product
from tests.e2e.product import Done, Product, ended, stored

from infragate.adapters.local import own_folder

CANARY = "canary-7f3b9c1e5a2d"
# The console script without the judge of code: it shows what the walls alone hold, and what happens without both.
UNJUDGED = """
import infragate.usecases.judge_configuration as judge_configuration
judge_configuration.refuse = lambda *_: None
from infragate.tasks import main
main()
"""
OPEN, WALLS = {"INFRAGATE_ISOLATION": "none"}, {"INFRAGATE_ISOLATION": "auto"}
_BASE64 = re.compile(rb"[A-Za-z0-9+/=_-]{16,}")


@dataclass(slots=True)
class Hostile:
    """The checkout, its victim's files, and where marks of attacks would be."""

    product: Product
    folder: Path
    listener: str
    bystander: int
    requests: list[str] = field(default_factory=list)

    @property
    def marks(self) -> Path:
        return self.folder / "marks"

    @property
    def own(self) -> Path:
        return own_folder.path(self.product.root)

    def places(self) -> dict[str, str]:
        """What the names in braces of a row stand for."""
        environment, home = self.product.dev, self.product.home
        return {
            "home": str(home),
            "home_name": "",
            "home_key_base64": base64.b64encode(str(home / ".ssh" / "id_ed25519").encode()).decode(),
            "up": "../" * len(self.product.stack.parts),
            "state": os.environ["INFRAGATE_STATE"],
            "own": str(self.own),
            "root": str(self.product.root),
            "elsewhere": str(self.folder / "elsewhere"),
            "marks": str(self.marks),
            "listener": self.listener,
            "bystander": str(self.bystander),
            "bucket": environment.state.bucket,
            "key": environment.state_key,
        }

    def fill(self, text: str) -> str:
        for name, value in self.places().items():
            text = text.replace("{" + name + "}", value)
        return text

    def lay(self, files: Mapping[str, str], links: Mapping[str, str] | None = None) -> None:
        """Write files and links into the Stack's folder, or from the checkout's root if the name begins with `/`."""
        for name, text in files.items():
            path = self.product.root / name[1:] if name.startswith("/") else self.product.stack / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.fill(text))
        for name, target in (links or {}).items():
            (self.product.stack / name).symlink_to(self.fill(target))

    def add_provider(self) -> None:
        """Let the Stack have the provider of AWS."""
        for name in product.PROVIDER_FILES:
            shutil.copy(product.ROOT / "infra" / "envs" / "dev" / name, self.product.stack)

    def clear(self) -> None:
        """Undo what attacks have written into the checkout, and forget their marks."""
        self.product.git("reset", "-q", "--hard")
        self.product.git("clean", "-q", "-fdx")
        shutil.rmtree(self.marks)
        self.marks.mkdir()
        self.requests.clear()

    def unjudged(self, *words: str, **more: str) -> Done:
        """A verb without the judge of code."""
        environment = self.product.environment(**more)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", UNJUDGED, *words],
            cwd=self.product.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return ended(process)

    def plan(self, **isolation: str) -> tuple[Done, Mapping[str, Any]]:
        """Plan without the judge; the outputs that the plan holds, as its raw JSON has them."""
        done = self.unjudged("plan", "--env", "dev", "--sandbox", **isolation)
        path = self.product.plans / "plan.tfplan.json"
        document = json.loads(path.read_text()) if path.exists() else {}
        return done, {name: change["after"] for name, change in document.get("output_changes", {}).items()}

    def has_acted(self, attack: Act) -> bool:
        """True if the attack has left its mark."""
        return (self.marks / attack.name).exists() or any(attack.name in request for request in self.requests)


def secrets(world: Hostile) -> tuple[bytes, ...]:
    """What no attack may learn."""
    keys = [(Path(os.environ["INFRAGATE_STATE"]) / "keys" / name).read_bytes() for name in ("seal", "emulator")]
    callers = json.loads((world.own / "sandbox" / "keys.json").read_text())
    return (CANARY.encode(), *keys, *(text.encode() for text in _strings(callers) if len(text) == 40))


def reveals(value: object, known: tuple[bytes, ...]) -> bool:
    """True if a value holds a secret, also inside base64."""
    for text in _strings(value):
        content = text.encode("utf-8", "replace")
        forms = [content, *(_decoded(match) for match in _BASE64.findall(content))]
        if any(secret in form for secret in known for form in forms):
            return True
    return False


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        return b""


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def configuration(attacks: tuple[Read, ...]) -> str:
    """HCL with an output for each read; one that is held back is "held"."""
    outputs = (
        f'output "{output_name(attack)}" {{\n  value = try({attack.code}, "held")\n}}\n\n{attack.more}'
        for attack in attacks
    )
    return "\n".join(outputs)


def output_name(attack: Read) -> str:
    return attack.name.replace("-", "_")


@contextmanager
def standing(folder: Path, *, small: str = stored("one")) -> Iterator[Hostile]:
    """A checkout with a sandbox, on a machine with secrets of its user."""
    requests: list[str] = []
    with (
        _listening(requests) as address,
        _bystander(folder / "elsewhere") as process,
        product.checkout(folder / "place", small=small) as checkout,
    ):
        world = Hostile(checkout, folder, address, process, requests)
        world.marks.mkdir()
        _use_the_project_s_policy(world)
        _fill_home(world)
        checkout.ok("plan", "--env", "dev", "--sandbox")
        yield world


@contextmanager
def _bystander(folder: Path) -> Iterator[int]:
    """Another program of the user, with a secret in its environment, its arguments and its working folder."""
    folder.mkdir()
    code = "import time; time.sleep(3600)"
    process = subprocess.Popen([sys.executable, "-c", code, CANARY], env={"GITHUB_TOKEN": CANARY}, cwd=folder)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _use_the_project_s_policy(world: Hostile) -> None:
    """Without the waivers that other tests need."""
    register = Path("policy") / "waivers.yaml"
    shutil.copy(product.ROOT / register, world.product.root / register)


def _fill_home(world: Hostile) -> None:
    home, theirs = world.product.home, {"value": CANARY, "type": "string"}
    state = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 1,
        "lineage": "x",
        "outputs": {"a": theirs},
        "resources": [],
    }
    files = {
        home / ".ssh" / "id_ed25519": CANARY,
        home
        / ".aws"
        / "credentials": f"[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {CANARY}\n",
        home / ".docker" / "config.json": json.dumps({"auths": {"r": {"auth": CANARY}}}),
        home / ".config" / "gh" / "hosts.yml": f"github.com:\n  oauth_token: {CANARY}\n",
        home / "theirs.tfstate": json.dumps(state),
        world.folder / "elsewhere" / "secret.txt": CANARY,
        world.own / "sandbox" / "prod" / "plan.tfplan.json": json.dumps({"secret": CANARY}),
        world.product.root / ".env": f"TOKEN={CANARY}\n",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    world.product.git("config", "http.extraheader", f"AUTHORIZATION: basic {CANARY}")
    with (world.product.root / ".gitignore").open("a") as file:
        file.write(".env\n")
    world.product.commit("ignore .env")


@contextmanager
def _listening(requests: list[str]) -> Iterator[str]:
    """A server of the attacker on this machine, which is none of the sandbox's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        do_POST = do_CONNECT = do_GET  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
