"""One digest of the inputs and outputs of `terraform init`: while it is unchanged, init can be skipped.

The digest (`of`) covers
- Terraform: path, size and times of the program; its `TF_*` variables; the content of its configuration file;
- the backend settings on its command line;
- the code of the Stack and of each local module, as far as init reads it: source and version of module calls, the
  providers that resources name, and all other blocks but variables, values and moves; files in JSON or with errors as
  they are; and the provider lock file;
- the outputs: names, kinds, sizes and times of everything below the data folder (module list, fetched modules,
  backend file, providers), and of the provider packages behind its links.

It is stored beside the data folder, where no commit can place a file, with the warnings of that `init`: a run without
init repeats them. It does not prove content: every plan verifies
the module lock, and Terraform checks each provider against the lock file when it starts the provider.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.modules import module_list
from infragate.adapters.terraform import hcl
from infragate.adapters.terraform.cli import Terraform
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.terraform.diagnostic import Diagnostic

# All other blocks count whole: `check` has data sources in it, and what a later Terraform knows may have anything.
_UNREAD = ("import", "locals", "moved", "output", "removed", "variable")
_TYPED = ("resource", "data", "ephemeral")
_PROVIDER = re.compile(rb'\bprovider\s*=\s*"?([\w-]+)')


def of(terraform: Terraform, backend: Mapping[str, str]) -> str | None:
    """The present digest, or None if a part of it cannot be read."""
    environment = terraform.environment
    data = Path(environment["TF_DATA_DIR"])
    settings = {name: value for name, value in environment.items() if name.startswith("TF_")}
    variables = sorted((name, value) for name, value in settings.items() if not name.startswith("TF_VAR_"))
    with suppress(OSError, BadInput):
        folders = module_list.folders(data, terraform.folder).values()
        local = {path for path in folders if not path.is_relative_to(data.resolve())}
        parts = [
            [str(terraform.program), *_stat(terraform.program.stat())],
            [variables, files.recall(Path(environment.get("TF_CLI_CONFIG_FILE", "")))],
            sorted(backend.items()),
            [[str(folder), _code(folder)] for folder in sorted({terraform.folder.resolve(), *local})],
            sorted(_outputs(data)),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return None


def kept(stamp: Path, digest: str | None) -> tuple[Finding, ...] | None:
    """The warnings of the last `init` if the digest is still its; None if not, or if it cannot be read."""
    with suppress(ValueError, TypeError):
        stored, warnings = json.loads(files.recall(stamp) or "")
        if digest is not None and stored == digest:
            return tuple(_warning(message, address) for message, address in warnings)
    return None


def keep(stamp: Path, digest: str | None, warnings: Sequence[Finding] = ()) -> None:
    """Store the digest after an `init`; None removes the last one.

    So does a warning about a place in the code: the digest does not hold all of the code, and the place may move.
    """
    rows = [(warning.message, warning.address) for warning in warnings]
    if digest is None or tuple(_warning(*row) for row in rows) != tuple(warnings):
        stamp.unlink(missing_ok=True)
    else:
        files.write(stamp, json.dumps([digest, rows]), mode=0o600)


def _warning(message: str, address: str | None) -> Finding:
    return Diagnostic(severity="warning", summary=message, detail="", address=address).finding


def _code(folder: Path) -> list[list[str]]:
    files_read = (path for path in folder.iterdir() if path.name.endswith(hcl.SUFFIXES) or path.name == LOCK_FILE)
    rows = {tuple(row) for path in files_read for row in _read_by_init(path)}
    return sorted(map(list, rows))


def _read_by_init(path: Path) -> Iterator[list[str]]:
    """The parts of a file that init reads."""
    try:
        blocks = hcl.read(path).blocks if path.suffix == ".tf" else None
    except BadInput:
        blocks = None
    if blocks is None:
        yield [str(path), files.sha256(path)]
        return
    content = files.content(path, name=str(path)) or b""
    for name in _PROVIDER.findall(content):
        yield ["provider of", name.decode()]
    for block in blocks:
        if block.kind == "module":
            yield [block.kind, *block.labels, *(block.expression(name) or "" for name in ("source", "version"))]
        elif block.kind in _TYPED:
            yield ["provider of", "".join(block.labels[:1]).partition("_")[0]]
        elif block.kind not in _UNREAD:
            yield [content[block.span.start : block.span.end].decode()]


def _outputs(folder: Path | str, *, behind_link: bool = False) -> list[list[object]]:
    rows: list[list[object]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            link = str(Path(entry.path).readlink()) if entry.is_symlink() else ""
            rows.append([entry.path, link, *_stat(entry.stat(follow_symlinks=False))])
            if entry.is_dir() and not (link and behind_link):  # one link deep, as links may form a circle
                rows += _outputs(entry.path, behind_link=behind_link or bool(link))
    return rows


def _stat(status: os.stat_result) -> tuple[int, ...]:
    return status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
