"""A checkout whose verbs run in this process: real git and modules, AWS as moto has it, the stand-in for Terraform.

No emulator and no sandbox: the verbs believe that they work on AWS.
"""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from filelock import FileLock
from tests.e2e.product import COPIED, ROOT, Done, apply_without_verdict
from tests.integration import console
from tests.verbs import fake_aws
from tests.verbs.fake_aws import Relay

from infragate.sandbox import module_repository

RECORDINGS = ROOT / "tests" / "data" / "terraform"
PROGRAM, COMPILED = Path(__file__).with_name("fake_terraform.py"), "fake_terraform.pyc"
ROOT_NAME = "a check out"
SERVER = Path(__file__).with_name("terraform_server.py")
# Python takes thirty times as long to start as this, and half of all calls ask for the version. A text in the script is a
# pipe that needs no program to make it: opened for writing too, it does not end before the server has written into it.
STARTER = """#!/bin/sh
if [ "$1" = version ]; then
    echo '{{"terraform_version": "1.11.4", "platform": "linux_amd64", "provider_selections": {{}}}}'
    exit
fi
exec 3>&1 4<<END
a pipe
END
if [ -p /proc/self/fd/4 ]; then
    exec 4<> /proc/self/fd/4
    read text <&4 && echo $$ > "{requests}" && read code <&4 && exit "$code"
    exit 1
fi
exec "{python}" -IS "{program}" "$@"
"""
SERVED = "https://github.com/org/infra.git"  # where the Stacks' module calls point


@dataclass(slots=True)
class World:
    """The checkout, and how its verbs are called."""

    root: Path
    home: Path
    programs: Path
    relay: Relay
    extra: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing inherited but the way to git."""
        git = str(Path(str(shutil.which("git"))).parent)
        return {
            "PATH": os.pathsep.join([str(self.programs), git, "/bin"]),
            "HOME": str(self.home),
            "INFRAGATE_ISOLATION": "none",  # the stand-in for Terraform records its calls beside itself
            "LANG": "C.UTF-8",
            "INFRAGATE_ROOT": str(self.root),
            "INFRAGATE_ACTOR": "alice",
            "INFRAGATE_CACHE": str(self.home / "cache"),
            "INFRAGATE_STATE": os.environ["INFRAGATE_STATE"],
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE",
            "AWS_EC2_METADATA_DISABLED": "true",
            **fake_aws.QUICK,
            **self.extra,
            **more,
        }

    def run(self, *words: str, **more: str) -> Done:
        """A verb in this process, run to its end."""
        return console.run(words, folder=self.root, environment=self.environment(**more))

    def ok(self, *words: str, **more: str) -> Done:
        """A verb that must end well."""
        done = self.run(*words, **more)
        assert done.code == 0, done.err + done.out
        return done

    def result(self, *words: str) -> dict[str, Any]:
        """The result in the document of a verb that ends well."""
        found: dict[str, Any] = self.ok(*words, "--json").document["result"]
        return found

    def tell_port(self) -> None:
        """Let the stand-in for Terraform find the relay."""
        (self.programs / "world.json").write_text(json.dumps({"port": self.relay.port}))

    def name_in_recordings(self, names: dict[str, str]) -> None:
        """Put what AWS has named by itself in the place of the words that stand for it."""
        for path in (self.programs / "recordings").iterdir():
            text = path.read_text()
            for word, name in names.items():
                text = text.replace(word, name)
            path.write_text(text)

    def order(self, **recordings: str | None) -> None:
        """Which recording the next plans of a root are, by the root's name; None for the usual one."""
        path = self.programs / "ordered.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **recordings}))

    def record(self, name: str, base: str, **changes: Any) -> None:
        """A recording of this world's own: another one with these parts changed."""
        recording = json.loads((self.programs / "recordings" / f"{base}.json").read_text())
        (self.programs / "recordings" / f"{name}.json").write_text(json.dumps({**recording, **changes}))

    def hold(self, recording: str) -> None:
        """Make the state of dev the one that an apply of this recording leaves."""
        resources = json.loads((self.programs / "recordings" / f"{recording}.json").read_text())["resources"]
        state = fake_aws.content(fake_aws.STATE_KEY)
        fake_aws.write_state({**state, "serial": state["serial"] + 1, "resources": resources})

    @property
    def stack(self) -> Path:
        """The Stack of dev."""
        return self.root / "infra" / "envs" / "dev"

    def edit(self, path: Path, old: str, new: str) -> None:
        """Replace a text that is there."""
        text = path.read_text()
        assert old in text, path
        path.write_text(text.replace(old, new))

    def git(self, *words: str) -> str:
        """git in the checkout, under a fixed name."""
        people = {f"GIT_{who}_{what}": "kim" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", *words], cwd=self.root, env={**self.environment(), **people}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, text: str = "change") -> str:
        """Commit everything; the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", text)
        return self.git("rev-parse", "HEAD")

    def restore(self, commit: str) -> None:
        """Put files and branches back; what is applied stays."""
        self.git("checkout", "-q", "--force", "-B", "main", commit)
        self.git("clean", "-q", "-fd")
        if any(path.name != "main" for path in (self.root / ".git" / "refs" / "heads").iterdir()):
            branches = set(self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split())
            self.git("branch", "-q", "-D", *(branches - {"main"}))
        (self.programs / "ordered.json").write_text("{}")


@contextmanager
def terraform_server(folder: Path) -> Iterator[Path]:
    """The FIFO of a server that runs the stand-in for Terraform."""
    requests = folder / "requests"
    os.mkfifo(requests)
    words = [sys.executable, "-IS", "-X", "utf8", str(SERVER), str(requests), str(PROGRAM)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True):
        yield requests  # the server ends when its stdin is closed


@contextmanager
def standing(folder: Path, requests: Path) -> Iterator[World]:
    """A checkout with a backend and roles to take; nothing is applied."""
    with awake(folder) as world:
        lay_out(world, requests)
        yield world


@contextmanager
def awake(folder: Path) -> Iterator[World]:
    """A world whose files may be there already, over an AWS in which there is nothing."""
    with fake_aws.empty(), fake_aws.relaying() as relay:
        yield World(folder / ROOT_NAME, folder / "home", folder / "bin", relay)


def lay_out(world: World, requests: Path) -> None:
    """Write the world's files."""
    _lay_out_programs(world, requests)
    for copy in (world.root, world.home):
        shutil.copytree(_prepared(world.root.parent.parent) / copy.name, copy, symlinks=True)
    world.git("update-index", "-q", "--refresh")
    (world.home / ".gitconfig").write_text(
        f'[url "file://{world.home}/modules.git"]\n\tinsteadOf = {SERVED}\n[protocol "file"]\n\tallow = always\n'
        "[maintenance]\n\tauto = false\n"
    )


def _lay_out_programs(world: World, requests: Path) -> None:
    world.programs.mkdir(parents=True)
    (world.programs / "clones").mkdir()
    compiled, program = world.programs / COMPILED, world.programs / "terraform"
    py_compile.compile(str(PROGRAM), str(compiled))
    program.write_text(STARTER.format(python=sys.executable, program=compiled, requests=requests))
    program.chmod(0o755)
    world.tell_port()
    (world.programs / "ordered.json").write_text("{}")
    shutil.copytree(RECORDINGS, world.programs / "recordings")


def _prepared(folder: Path) -> Path:
    """What all worlds begin with: a checkout, and a HOME that holds the published modules."""
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder  # one for all workers
    prepared, preparing = shared / "prepared", shared / "preparing"
    with FileLock(shared / "prepared.lock"):
        if not prepared.exists():
            world = World(preparing / ROOT_NAME, preparing / "home", preparing / "bin", Relay())
            world.home.mkdir(parents=True)
            _lay_out_checkout(world)
            repository = world.home / "modules.git"
            with mock.patch.dict(os.environ, world.environment(), clear=True):
                module_repository.refresh(world.root, repository)
            world.git("-C", str(repository), "repack", "-adq")
            preparing.rename(prepared)
    return prepared


def _lay_out_checkout(world: World) -> None:
    world.root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, world.root / name, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        else:
            shutil.copy(source, world.root)
    (world.root / ".gitignore").write_text(".terraform/\nerrored.tfstate\n")
    apply_without_verdict(world.root)
    world.git("init", "-q", "-b", "main", "--template=")
    world.commit("first")
    world.git("repack", "-adq")  # each world is a copy: one file in the place of hundreds
