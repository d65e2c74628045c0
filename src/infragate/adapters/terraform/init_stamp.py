"""What `terraform init` depends on and has left, as one digest: the same digest again means that it has nothing to do.

The digest (`of`) covers
- Terraform: path, size and times of the program; its `TF_*` variables; the content of its configuration file;
- what init is told: the backend settings that we pass;
- the code: every `.tf` and `.tf.json` file of the Stack and of each local module, and the provider lock file. More than
  module calls, required providers and the backend block, and so never less;
- what init left: names, kinds, sizes and times of everything below the data folder (module list, fetched modules,
  backend file, providers), and of the provider packages behind its links.

It lies beside the data folder, in the state folder of the checkout, which a commit cannot bring along. It is no
proof of content: the module lock is verified on every plan, and Terraform checks each provider against the lock file
whenever it starts one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.modules import module_checkouts
from infragate.adapters.terraform.cli import Terraform
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.domain.errors import BadInput

_CODE = (".tf", ".tf.json")


def of(terraform: Terraform, backend: Mapping[str, str]) -> str | None:
    """The digest of now, or None where something of it cannot be read."""
    environment = terraform.environment
    data = Path(environment["TF_DATA_DIR"])
    variables = sorted((name, value) for name, value in environment.items() if name.startswith("TF_"))
    with suppress(OSError, BadInput):
        local = {path for path in module_checkouts.folders(data, terraform.folder).values() if not _below(path, data)}
        parts = [
            [str(terraform.program), *_stat(terraform.program.stat())],
            [variables, files.recall(Path(environment.get("TF_CLI_CONFIG_FILE", "")))],
            sorted(backend.items()),
            [row for folder in sorted({terraform.folder.resolve(), *local}) for row in _code(folder)],
            sorted(_left(data)),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return None


def holds(stamp: Path, digest: str | None) -> bool:
    """True if that digest was the one after the last `init`."""
    return digest is not None and files.recall(stamp) == digest


def keep(stamp: Path, digest: str | None) -> None:
    """Remember the digest after an `init`; None forgets the last one."""
    if digest is None:
        stamp.unlink(missing_ok=True)
    else:
        files.write(stamp, digest, mode=0o600)


def _below(path: Path, data: Path) -> bool:
    return path.is_relative_to(data.resolve())


def _code(folder: Path) -> Iterator[list[str]]:
    for path in sorted(folder.iterdir()):
        if path.name.endswith(_CODE) or path.name == LOCK_FILE:
            yield [str(path), files.sha256(path)]


def _left(folder: Path | str, *, behind_link: bool = False) -> Iterator[list[object]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            link = str(Path(entry.path).readlink()) if entry.is_symlink() else ""
            yield [entry.path, link, *_stat(entry.stat(follow_symlinks=False))]
            if entry.is_dir() and not (link and behind_link):  # one link deep, as links may lead in circles
                yield from _left(entry.path, behind_link=behind_link or bool(link))


def _stat(found: os.stat_result) -> tuple[int, ...]:
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
