"""Runs the `run:` lines of a workflow's job as GitHub's runner does: variables, files for outputs, `if: always()`."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.e2e import product

WORKFLOWS = product.ROOT / ".github" / "workflows"
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One step."""

    name: str
    code: int
    text: str


@dataclass(kw_only=True)
class Runner:
    """A machine of GitHub's with a clone.

    Attributes:
        clone: the workspace.
        variables: of every step.
        facts: values of `${{ }}` expressions; an expression that is not among them is an error.
        outputs: by step id.
    """

    clone: Path
    folder: Path
    variables: Mapping[str, str]
    facts: dict[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(
        self,
        workflow: str,
        job: str,
        *,
        without: Collection[str] = (),
        more: Iterable[dict[str, Any]] = (),
        despite: Collection[str] = (),
    ) -> dict[str, Ran]:
        """The steps of a job that ran, by name; the first that fails is the last, but for those with `if: always()`.

        Args:
            without: names of steps that are left out.
            more: steps behind those of the job.
            despite: names of steps whose failure does not end the job.
        """
        document = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text())
        described = document["jobs"][job]
        variables = {**self._values(document.get("env", {})), **self._values(described.get("env", {}))}
        variables["RUNNER_TEMP"] = str(self._new_folder())  # each job has a machine of its own
        ran: dict[str, Ran] = {}
        paths: list[str] = []
        for step in (*described["steps"], *more):
            failed = any(before.code for before in ran.values() if before.name not in despite)
            if "run" in step and step["name"] not in without and (not failed or "always()" in step.get("if", "")):
                done = self._step(step, variables, paths)
                ran[done.name] = done
        return ran

    def _new_folder(self) -> Path:
        folder = self.folder / f"temp-{len(list(self.folder.glob('temp-*')))}"
        folder.mkdir()
        return folder

    def _step(self, step: dict[str, Any], variables: dict[str, str], paths: list[str]) -> Ran:
        files = {name: self.folder / name.lower() for name in _FILES}
        for path in files.values():
            path.write_text("")
        environment = {
            **self.variables,
            **variables,
            **self._values(step.get("env", {})),
            **{name: str(path) for name, path in files.items()},
            "PATH": os.pathsep.join([*paths, self.variables["PATH"]]),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", self._text(step["run"])],
            cwd=self.clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        variables.update(_assigned(files["GITHUB_ENV"]))
        paths[:0] = files["GITHUB_PATH"].read_text().split()
        if "id" in step:
            self.outputs[step["id"]] = _assigned(files["GITHUB_OUTPUT"])
        return Ran(name=step["name"], code=done.returncode, text=done.stdout)

    def _values(self, described: Mapping[str, object]) -> dict[str, str]:
        return {name: self._text(str(value)) for name, value in described.items()}

    def _text(self, text: str) -> str:
        return _EXPRESSION.sub(lambda match: self.facts[match[1]], text)


def _assigned(path: Path) -> dict[str, str]:
    """`name=value` lines, and `name<<END` blocks."""
    values: dict[str, str] = {}
    lines = iter(path.read_text().splitlines())
    for line in lines:
        if end := re.fullmatch(r"([\w-]+)<<(.+)", line):
            block = list(iter(lambda: next(lines), end[2]))
            values[end[1]] = "\n".join(block)
        else:
            name, _, value = line.partition("=")
            values[name] = value
    return values
