"""The sandbox's module repository, changed with plain git as its owners change a real one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.e2e.product import Product


def repository(product: Product) -> Path:
    """The bare repository that the sandbox serves."""
    return product.cloud().folder.module_repository


def git(folder: Path, *words: str) -> str:
    """One git command under a fixed name and date, so that the same change is the same commit."""
    names = {f"GIT_{who}_{what}": "kim" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {f"GIT_{who}_DATE": "2026-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")}
    argv = ["git", "-c", "protocol.file.allow=always", *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, env={**os.environ, **names, **dates})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def publish(product: Product, folder: Path, tag: str, change: Callable[[Path], None], *, base: str = "v0.7.0") -> str:
    """Make a tag, or move it: the tree of `base` with a change. The commit.

    Args:
        folder: a place to work in.
    """
    there = repository(product)
    work = folder / tag
    git(folder, "clone", "--quiet", str(there), str(work))
    git(work, "checkout", "--quiet", "--detach", base)
    change(work)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--allow-empty", "--message", tag)
    git(work, "push", "--quiet", "--force", "origin", f"HEAD:refs/tags/{tag}")
    return git(work, "rev-parse", "HEAD")


def replaced(path: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of one text."""

    def change(work: Path) -> None:
        file = work / path
        text = file.read_text()
        assert old in text, path
        file.write_text(text.replace(old, new))

    return change


# A module that is made in a moment. v1.1.0 moves its object, wants an owner, and drops what was called legacy and old.
BOX = """
variable "word" {
  type = string
}

variable "owner" {
  description = "Team that answers for it."
  type        = string
  default     = null
}

variable "legacy" {
  type    = string
  default = null
}

resource "terraform_data" "this" {
  input = var.word
}

output "word" {
  value = terraform_data.this.output
}

output "old" {
  value = "old"
}
"""
NEWER_BOX = """
variable "word" {
  type = string
}

variable "owner" {
  description = "Team that answers for it."
  type        = string
}

resource "terraform_data" "main" {
  input = var.word
}

moved {
  from = terraform_data.this
  to   = terraform_data.main
}

output "word" {
  value = terraform_data.main.output
}
"""


def box(text: str) -> Callable[[Path], None]:
    """The change that makes the module `box`."""

    def change(work: Path) -> None:
        (work / "modules" / "box").mkdir(exist_ok=True)
        (work / "modules" / "box" / "main.tf").write_text(text)

    return change


def call(tag: str, *lines: str, name: str = "box") -> str:
    """A Stack's call of `box`."""
    source = f'  source = "git::https://github.com/org/infra.git//modules/box?ref={tag}"\n'
    return f'module "{name}" {{\n{source}' + "".join(f"  {line}\n" for line in lines) + "}\n"
