"""What `terraform init` or `get` has fetched: each module call with its commit and the digest of its files.

Facts (measured on Terraform 1.11.4): `modules/modules.json` lists calls and written-out sources, never a commit. The
first call of a repository and ref is a clone with `.git`, HEAD detached for a tag; every further one is a copy of it
without `.git` and without names that begin with a dot, which therefore count in no digest.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters.local import tree_digest
from infragate.adapters.modules import module_calls, module_list
from infragate.domain.errors import BadInput, Integrity
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


def forget_stale(data_folder: Path, stack_folder: Path, *, root: Path) -> None:
    """Remove what was fetched for other calls than the code has now, or when the checkout had another path.

    Terraform never takes a call off its list, and `init` stumbles over the folders of an old path ("file exists").

    Raises:
        BadInput: the list cannot be read.
    """
    is_usable = all(folder.is_dir() for folder in folders(data_folder, stack_folder).values())
    with suppress(BadInput):  # of code that nobody can read `init` says best why
        is_usable = is_usable and is_current(data_folder, stack_folder, root=root)
    if module_list.path(data_folder).is_file() and not is_usable:
        shutil.rmtree(data_folder / "modules")


def is_current(data_folder: Path, stack_folder: Path, *, root: Path) -> bool:
    """True if the calls in the Stack's code are the ones that were fetched.

    Raises:
        BadInput: the list or the code cannot be read.
    """
    calls = module_calls.read(stack_folder, relative_to=root)
    written = {_identity(call.name, call.source) for call in calls if call.source is not None}
    return written == {_identity(call.module, call.source) for call in _calls(data_folder) if "." not in call.module}


def _identity(name: str, source: ModuleSource) -> tuple[str, str, str | None]:
    """Terraform lists local and registry sources in a normal form, so only the call's name is compared."""
    return (name, source.address, source.ref) if source.kind == "git" else (name, source.kind, None)


def folders(data_folder: Path, stack_folder: Path) -> dict[str, Path]:
    """Where the code of each module call lies, by key."""
    return {module.key: (stack_folder / module.folder).resolve() for module in module_list.read(data_folder)}


def _calls(data_folder: Path) -> list[_Call]:
    calls = []
    for module in module_list.read(data_folder):
        inside_package = module.source.kind == "local" and "." in module.key
        if module.key and not inside_package:
            calls.append(_Call(module=module.key, source=module.source, folder=data_folder / "modules" / module.key))
    return sorted(calls, key=lambda call: call.module)


def _refuse_led_astray(data_folder: Path) -> None:
    """Terraform runs what `Dir` names: it must be the folder whose content is looked at here."""
    listed = module_list.read(data_folder)
    folders = {module.key: module.folder for module in listed}
    for module in listed:
        key, source, place = module.key, module.source, os.path.normpath(module.folder)
        if not key:
            continue
        package = data_folder / "modules" / key
        if source.kind == "local":
            right = place == os.path.normpath(Path(folders.get(key.rpartition(".")[0], ""), source.address))
        elif source.kind == "git":
            right = place == os.path.normpath(package / source.folder)
        else:
            right = Path(place).is_relative_to(package)
        if not right:
            raise Integrity(
                f"Terraform's list of modules leads module {key} to {place}, where its source does not lie",
                where=str(module_list.path(data_folder)),
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

    Names, kinds, executable bits, the targets of links and contents count.

    Raises:
        OSError: something cannot be read.
    """
    rows: list[list[str]] = []
    problem = None if folder.is_dir() and not folder.is_symlink() else "it is not there"
    if problem is None:
        if b"[submodule" in _content(folder / ".gitmodules"):
            problem = "it has submodules: what they hold is pinned nowhere"
        for name, entry in tree_digest.walk(folder, skip=lambda name: name.startswith(".")):
            path = Path(entry.path)
            problem = problem or _problem(name, path, folder)
            if not entry.is_dir(follow_symlinks=False):
                rows.append(tree_digest.row(name, path))
        problem = problem or _colliding(rows)
    return f"sha256:{tree_digest.of_rows(rows)}", problem


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _problem(name: str, path: Path, root: Path) -> str | None:
    if path.is_symlink():
        return _astray(path, root, name)
    if path.is_dir():
        is_repository = (path / ".git").exists()
        return f"{name} is a repository of its own: what it holds is pinned nowhere" if is_repository else None
    return None if path.is_file() else f"{name} is neither file nor folder"


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
