"""What `terraform init` or `get` has fetched: each module call with its commit and the digest of its files.

Facts (measured on Terraform 1.11.4): `modules/modules.json` lists calls and written-out sources, never a commit. The
first call of a repository and ref is a clone with `.git`, HEAD detached for a tag; every further one is a copy of it
without `.git` and without names that begin with a dot, which therefore count in no digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters.local import files
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.modules import module_source
from infragate.domain.modules.module_lock import Fetched
from infragate.domain.modules.module_source import ModuleSource

_COMMIT = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One entry of modules.json."""

    module: str
    source: ModuleSource
    folder: Path


def fetched(data_folder: Path) -> tuple[Fetched, ...]:
    """All module calls of a Stack, by key; the Stack itself and what is local inside a fetched package are left out.

    Args:
        data_folder: TF_DATA_DIR; absolute.

    Raises:
        BadInput: its list of modules cannot be read.
        Integrity: the list leads Terraform to another folder than the one that belongs to a call.
    """
    _refuse_led_astray(data_folder)
    calls = _calls(data_folder)
    with ThreadPoolExecutor() as beside:
        found = list(beside.map(_fetched, calls))
    return tuple(_with_commit_of_clone(found))


def forget_moved(data_folder: Path, stack_folder: Path) -> None:
    """Remove what was fetched when the checkout had another path: `init` would stumble over it ("file exists")."""
    listed = data_folder / "modules" / "modules.json"
    if listed.is_file() and not all(folder.is_dir() for folder in folders(data_folder, stack_folder).values()):
        shutil.rmtree(data_folder / "modules")


def folders(data_folder: Path, stack_folder: Path) -> dict[str, Path]:
    """Where the code of each module call lies, by key."""
    return {entry["Key"]: (stack_folder / entry["Dir"]).resolve() for entry in _entries(data_folder)}


def _calls(data_folder: Path) -> list[_Call]:
    calls = []
    for entry in _entries(data_folder):
        key, source = entry["Key"], module_source.parse(entry["Source"])
        inside_package = source.kind == "local" and "." in key
        if key and not inside_package:
            calls.append(_Call(module=key, source=source, folder=data_folder / "modules" / key))
    return sorted(calls, key=lambda call: call.module)


def _entries(data_folder: Path) -> list[dict[str, str]]:
    listed = data_folder / "modules" / "modules.json"
    text = files.read(listed)
    try:
        entries = json.loads(text)["Modules"] if text else []
        return [{name: str(entry[name]) for name in ("Key", "Source", "Dir")} for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise BadInput(
            "Terraform's list of modules cannot be read", where=str(listed), fix="remove that folder, then plan again"
        ) from broken


def _refuse_led_astray(data_folder: Path) -> None:
    """Terraform runs what `Dir` names: it must be the folder whose content is looked at here."""
    entries = _entries(data_folder)
    folders = {entry["Key"]: entry["Dir"] for entry in entries}
    for entry in entries:
        key, place = entry["Key"], os.path.normpath(entry["Dir"])
        if not key:
            continue
        source, package = module_source.parse(entry["Source"]), data_folder / "modules" / key
        if source.kind == "local":
            right = place == os.path.normpath(Path(folders.get(key.rpartition(".")[0], ""), source.address))
        elif source.kind == "git":
            right = place == os.path.normpath(package / source.folder)
        else:
            right = Path(place).is_relative_to(package)
        if not right:
            raise Integrity(
                f"Terraform's list of modules leads module {key} to {place}, where its source does not lie",
                where=str(data_folder / "modules" / "modules.json"),
                fix=f"rm -r {data_folder / 'modules'}, then plan again",
            )


def _fetched(call: _Call) -> Fetched:
    if call.source.kind != "git":
        return Fetched(module=call.module, source=call.source, commit=None, tree=None)
    try:
        tree, problem = package_digest(call.folder)
        commit = _head(call.folder)
        unpinned = _unpinned(call, commit)
        if call.source.by_commit and commit not in (None, call.source.ref):
            problem = problem or f"module {call.module}: its clone stands at {commit}, not at {call.source.ref}"
    except (OSError, UnicodeError) as error:
        tree, problem, commit, unpinned = None, f"its files cannot be read: {error}", None, None
    return Fetched(module=call.module, source=call.source, commit=commit, tree=tree, problem=problem, unpinned=unpinned)


def _with_commit_of_clone(found: list[Fetched]) -> Iterator[Fetched]:
    """A copy has the commit of the clone that it was made from, and what is to be said of its ref."""
    clones = {(one.source.repository, one.source.ref): one for one in found if one.commit}
    for one in found:
        clone = clones.get((one.source.repository, one.source.ref))
        copied = clone is not None and one.commit is None
        yield replace(one, commit=clone.commit, unpinned=clone.unpinned) if clone and copied else one


def package_digest(folder: Path) -> tuple[str, str | None]:
    """`sha256:` digest of everything below a fetched folder, and why it cannot be trusted, if so.

    Names, kinds, executable bits, the targets of links and contents count. Every row is a JSON list, so that no name
    can look like the end of another.

    Raises:
        OSError: something cannot be read.
    """
    rows: list[list[str]] = []
    problem = None if folder.is_dir() and not folder.is_symlink() else "it is not there"
    if problem is None:
        if (folder / ".gitmodules").exists():
            problem = "it has submodules: what they hold is pinned nowhere"
        for name, entry in _walk(folder):
            row, wrong = _row(name, entry, folder)
            rows.append(row)
            problem = problem or wrong
        problem = problem or _colliding(rows)
    text = json.dumps(sorted(rows), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", problem


def _walk(folder: Path | str, above: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file with its name below the package, and every folder that is a repository of its own."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = above + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield name, entry
                continue
            if Path(entry.path, ".git").exists():
                yield name, entry
            yield from _walk(entry.path, f"{name}/")


def _row(name: str, entry: os.DirEntry[str], root: Path) -> tuple[list[str], str | None]:
    path = Path(entry.path)
    if entry.is_symlink():
        return [name, "link", str(path.readlink())], _astray(path, root, name)
    if entry.is_dir(follow_symlinks=False):
        return [name, "repository"], f"{name} is a repository of its own: what it holds is pinned nowhere"
    if not entry.is_file(follow_symlinks=False):
        return [name, "special"], f"{name} is neither file nor folder"
    executable = entry.stat(follow_symlinks=False).st_mode & 0o100
    content = path.read_bytes()  # modules are small; one read is twice as fast as a digest by blocks
    return [name, "program" if executable else "file", hashlib.sha256(content).hexdigest()], None


def _astray(link: Path, root: Path, name: str) -> str | None:
    """What is behind a link must be what the digest counts: inside the module, and nothing that begins with a dot."""
    base, target = os.path.realpath(root), os.path.realpath(link)  # pathlib's own stops at a loop
    if link.readlink().is_absolute() or not Path(target).is_relative_to(base):
        return f"the link {name} leads out of the module"
    hidden = any(part.startswith(".") for part in Path(target).relative_to(base).parts)
    return f"the link {name} leads to a name that begins with a dot, which nothing pins" if hidden else None


def _colliding(rows: list[list[str]]) -> str | None:
    """Two names that are one where case or the form of an accent does not count (macOS, Windows)."""
    seen: dict[str, str] = {}
    for name, *_ in rows:
        other = seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            return f"{other} and {name} are one name where case does not count"
    return None


def _head(folder: Path) -> str | None:
    """The commit that a clone stands at; read as text, as a repository of somebody else's may name programs to run."""
    git = folder / ".git"
    if git.is_symlink() or not git.is_dir():
        return None
    head = (git / "HEAD").read_text().strip()
    name = head.removeprefix("ref: ")
    return head if name == head and _COMMIT.match(head) else _refs(git).get(name)


def _refs(git: Path) -> dict[str, str]:
    """Refs of a clone and their commits; an annotated tag counts as the commit that it names."""
    found: dict[str, str] = {}
    packed = (git / "packed-refs").read_text() if (git / "packed-refs").is_file() else ""
    last = ""
    for line in packed.splitlines():
        if line.startswith("^"):
            found[last] = line[1:]
        elif not line.startswith("#"):
            commit, _, last = line.partition(" ")
            found[last] = commit
    for path in (git / "refs").rglob("*"):
        if path.is_file():
            found[path.relative_to(git).as_posix()] = path.read_text().strip()
    return found


def _unpinned(call: _Call, commit: str | None) -> str | None:
    """Why the ref may be another commit tomorrow."""
    source = call.source
    if source.ref is None:
        return f"module {call.module} has no ref: it is whatever the repository's default branch holds"
    if commit is None or source.by_commit:
        return None
    refs = _refs(call.folder / ".git")
    if f"refs/tags/{source.tag}" in refs:
        return None
    branch = f"refs/heads/{source.ref}" in refs or f"refs/remotes/origin/{source.ref}" in refs
    kind = "a branch" if branch else "neither a tag nor a whole commit id"
    return f"module {call.module}: ref {source.ref} is {kind}"


def direct_calls(data_folder: Path) -> frozenset[tuple[str, str, str | None]]:
    """Name, address and ref of the calls in the Stack's own code, as they were fetched."""
    return frozenset(
        (call.module, call.source.address, call.source.ref) for call in _calls(data_folder) if "." not in call.module
    )
