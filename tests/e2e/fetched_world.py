"""A repository of modules, a Stack that calls them, and real `terraform get`."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.modules import clone_settings, module_checkouts
from infragate.domain.modules import module_lock, module_states
from infragate.domain.modules.module_lock import Fetched

STACK = "infra/envs/dev"


@dataclass(frozen=True, slots=True)
class World:
    """A repository of modules, and a Stack that calls them."""

    folder: Path

    @property
    def modules(self) -> Path:
        return self.folder / "modules.git"

    @property
    def data(self) -> Path:
        return self.folder / "data folder"

    @property
    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.folder), "GIT_ALLOW_PROTOCOL": "file", "TF_DATA_DIR": str(self.data)}
        cloning = clone_settings.variables(self.folder / "template", {})
        people = {f"GIT_{who}_{what}": "t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        quick = {"CHECKPOINT_DISABLE": "1", "GOGC": "off"}  # collecting garbage is a quarter of `terraform get`
        return {"PATH": os.environ["PATH"], **quick, **cloning, **own, **people}

    def git(self, *words: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", "-c", "maintenance.auto=false", *words],
            cwd=folder or self.modules,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def release(self, *tags: str) -> str:
        """Commit everything; its id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        for tag in tags:
            self.git("tag", "-f", "-a", tag, "-m", tag)
        return self.git("rev-parse", "HEAD")

    def source(self, folder: str, query: str) -> str:
        return f"git::file://{self.modules}//{folder}{query}"

    def get(self, **calls: str) -> dict[str, Fetched]:
        """Fetch these calls anew, as `modules-lock` does."""
        return self.get_code("".join(f'module "{name}" {{\n  source = "{call}"\n}}\n' for name, call in calls.items()))

    def get_code(self, text: str) -> dict[str, Fetched]:
        """Fetch anew what this code calls; `terraformrc` in the folder configures Terraform."""
        stack, configured = self.folder / "stack", self.folder / "terraformrc"
        shutil.rmtree(stack, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        stack.mkdir()
        (stack / "main.tf").write_text(text)
        own = {"TF_CLI_CONFIG_FILE": str(configured)} if configured.exists() else {}
        environment = {**self.environment, **own}
        subprocess.run(["terraform", "get"], cwd=stack, env=environment, check=True, capture_output=True)
        return self.fetched()

    def fetched(self) -> dict[str, Fetched]:
        return {one.module: one for one in module_checkouts.fetched(self.data, self.folder / "stack", root=self.folder)}

    def state(self, lock: module_lock.ModuleLock) -> str:
        """The state of the one call there is."""
        (state,) = module_states.verified(lock, self.fetched().values(), STACK)
        return state.state


def standing(tmp_path: Path) -> World:
    """A repository with the modules a and b (and b/inner), released as v1.0.0."""
    prepared = World(tmp_path.parent / "fetched")
    if not prepared.modules.exists():
        _lay_out(prepared)
    world = World(tmp_path)
    shutil.copytree(prepared.modules, world.modules, symlinks=True)
    return world


def _lay_out(made: World) -> None:
    for name in ("a", "b/inner"):
        (made.modules / name).mkdir(parents=True)
        (made.modules / name / "main.tf").write_text('output "x" {\n  value = 1\n}\n')
    (made.modules / "b" / "main.tf").write_text('module "inner" {\n  source = "./inner"\n}\n')
    (made.modules / "a" / "run.sh").write_text("#!/bin/sh\n")
    (made.modules / "a" / "run.sh").chmod(0o755)
    (made.modules / "a" / "link").symlink_to("run.sh")
    (made.modules / "a" / "folder").symlink_to("../b")
    (made.modules / "a" / ".hidden").write_text("x")
    made.git("init", "-q", "-b", "main")
    made.release("v1.0.0")
    made.git("tag", "light")
    made.git("branch", "side")
