"""The modules that `terraform init` or `get` fetched: each call with its commit and the digest of its files.

Facts (measured on Terraform 1.11.4): `modules/modules.json` lists calls and full sources, but no commits. The first call
of a repository and ref is a clone with `.git`, HEAD detached for a tag. Each further call is a copy without `.git` and
all other names that begin with a dot, so digests leave these names out.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from infragate.adapters.local import tree_digest
from infragate.adapters.modules import module_calls, module_list
from infragate.adapters.modules.module_list import ListedModule
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.modules.module_lock import Fetched
from infragate.domain.modules.module_source import ModuleSource

_COMMIT = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")


def fetched(data_folder: Path) -> tuple[Fetched, ...]:
    """All module calls of a Stack, sorted by key, without local calls inside a fetched package.

    Args:
        data_folder: TF_DATA_DIR; absolute.

    Raises:
        BadInput: the list of modules cannot be read.
        Integrity: the list names a folder that does not belong to the call's source.
    """
    _refuse_foreign_folders(data_folder)
    with ThreadPoolExecutor() as pool:
        modules = list(pool.map(lambda call: _fetched(call, data_folder / "modules" / call.key), _calls(data_folder)))
    return tuple(_with_commit_of_clone(modules))


def forget_stale(data_folder: Path, stack_folder: Path, *, root: Path) -> None:
    """Remove fetched modules that do not match the calls in the code, or were fetched before the checkout was moved.

    Terraform never removes a call from its list, and `init` fails on folders of an old path ("file exists").
    """
    is_usable = all(folder.is_dir() for folder in folders(data_folder, stack_folder).values())
    with suppress(BadInput):  # `init` reports code that cannot be read
        is_usable = is_usable and is_current(data_folder, stack_folder, root=root)
    if module_list.path(data_folder).is_file() and not is_usable:
        shutil.rmtree(data_folder / "modules")


def is_current(data_folder: Path, stack_folder: Path, *, root: Path) -> bool:
    """True if the fetched modules match the calls in the Stack's code."""
    calls = module_calls.read(stack_folder, relative_to=root)
    written = {_identity(call.name, call.source) for call in calls if call.source is not None}
    return written == {_identity(call.key, call.source) for call in _calls(data_folder) if "." not in call.key}


def _identity(name: str, source: ModuleSource) -> tuple[str, str, str | None]:
    """What is compared: for local and registry sources, which Terraform lists in another form, only the call's name."""
    return (name, source.address, source.ref) if source.kind == "git" else (name, source.kind, None)


def folders(data_folder: Path, stack_folder: Path) -> dict[str, Path]:
    """The folder of each module call's code, by key; the Stack itself has the key ""."""
    return {module.key: (stack_folder / module.folder).resolve() for module in module_list.read(data_folder)}


def _calls(data_folder: Path) -> list[ListedModule]:
    """The entries without the Stack itself and without local calls inside a fetched package."""
    modules = module_list.read(data_folder)
    calls = [module for module in modules if module.key and not (module.source.kind == "local" and "." in module.key)]
    return sorted(calls, key=lambda call: call.key)


def _refuse_foreign_folders(data_folder: Path) -> None:
    """Terraform runs the code in `Dir`, so that must be the folder whose files are checked."""
    modules = module_list.read(data_folder)
    folders = {module.key: module.folder for module in modules}
    for module in modules:
        key, source, folder = module.key, module.source, os.path.normpath(module.folder)
        package = data_folder / "modules" / key
        if source.kind == "local":
            is_right = folder == os.path.normpath(Path(folders.get(key.rpartition(".")[0], ""), source.address))
        elif source.kind == "git":
            is_right = folder == os.path.normpath(package / source.folder)
        else:
            is_right = Path(folder).is_relative_to(package)
        if key and not is_right:
            raise Integrity(
                f"Terraform's list of modules has module {key} in {folder}, which is not the folder of its source",
                where=str(module_list.path(data_folder)),
                fix=f"rm -r {data_folder / 'modules'}, then plan again",
            )


def _fetched(call: ListedModule, folder: Path) -> Fetched:
    module = Fetched(module=call.key, source=call.source, commit=None, tree=None)
    if call.source.kind != "git":
        return module
    try:
        tree, problem = package_digest(folder)
        commit = _head(folder)
        unpinned = _unpinned(call, folder, commit)
    except (OSError, UnicodeError) as error:
        return replace(module, problem=f"its files cannot be read: {error}")
    if call.source.by_commit and commit not in (None, call.source.ref):
        problem = problem or f"module {call.key}: its clone is at {commit}, not at {call.source.ref}"
    return replace(module, commit=commit, tree=tree, problem=problem, unpinned=unpinned)


def _with_commit_of_clone(modules: list[Fetched]) -> Iterator[Fetched]:
    """A copy has the commit of the clone that it was made from."""
    clones = {(module.source.repository, module.source.ref): module for module in modules if module.commit}
    for module in modules:
        clone = None if module.commit else clones.get((module.source.repository, module.source.ref))
        yield replace(module, commit=clone.commit, unpinned=clone.unpinned) if clone else module


def package_digest(folder: Path) -> tuple[str, str | None]:
    """`sha256:` digest of a fetched folder, and why its content cannot be trusted, or None.

    The digest covers names, kinds, executable bits, link targets and contents.

    Raises:
        OSError: a file cannot be read.
    """
    rows: list[list[str]] = []
    problem = None if folder.is_dir() and not folder.is_symlink() else "its folder is missing"
    if problem is None:
        submodules = folder / ".gitmodules"
        if submodules.is_file() and b"[submodule" in submodules.read_bytes():
            problem = "it has submodules, whose content is not pinned"
        for name, entry in tree_digest.walk(folder, skip=lambda name: name.startswith(".")):
            path = Path(entry.path)
            problem = problem or _problem(name, path, folder)
            if not entry.is_dir(follow_symlinks=False):
                rows.append(tree_digest.row(name, path))
        problem = problem or _colliding(rows)
    return f"sha256:{tree_digest.of_rows(rows)}", problem


def _problem(name: str, path: Path, root: Path) -> str | None:
    if path.is_symlink():
        return _link_problem(path, root, name)
    if path.is_dir():
        is_repository = (path / ".git").exists()
        return f"{name} is a git repository of its own, whose content is not pinned" if is_repository else None
    return None if path.is_file() else f"not a regular file: {name}"


def _link_problem(link: Path, root: Path, name: str) -> str | None:
    """The target must be covered by the digest: inside the module, and no part of its name begins with a dot."""
    base, target = os.path.realpath(root), os.path.realpath(link)  # Path.resolve raises on a loop
    if link.readlink().is_absolute() or not Path(target).is_relative_to(base):
        return f"the link {name} leads out of the module"
    hidden = any(part.startswith(".") for part in Path(target).relative_to(base).parts)
    return f"the link {name} leads to a name that begins with a dot, which is not pinned" if hidden else None


def _colliding(rows: list[list[str]]) -> str | None:
    """Two names that differ only in case or Unicode form: macOS and Windows take them for the same file."""
    seen: dict[str, str] = {}
    for name, *_ in rows:
        other = seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            return f"{other} and {name} are the same name where case is ignored"
    return None


def _head(folder: Path) -> str | None:
    """The commit of a clone; read as text, because git could run programs that a foreign repository configures."""
    git = folder / ".git"
    if git.is_symlink() or not git.is_dir():
        return None
    head = (git / "HEAD").read_text().strip()
    name = head.removeprefix("ref: ")
    return head if name == head and _COMMIT.match(head) else _refs(git).get(name)


def _refs(git: Path) -> dict[str, str]:
    """The refs of a clone and their commits; for a packed annotated tag, the commit that it points to."""
    refs: dict[str, str] = {}
    packed = (git / "packed-refs").read_text() if (git / "packed-refs").is_file() else ""
    last = ""
    for line in packed.splitlines():
        if line.startswith("^"):
            refs[last] = line[1:]
        elif not line.startswith("#"):
            commit, _, last = line.partition(" ")
            refs[last] = commit
    for path in (git / "refs").rglob("*"):
        if path.is_file():
            refs[path.relative_to(git).as_posix()] = path.read_text().strip()
    return refs


def _unpinned(call: ListedModule, folder: Path, commit: str | None) -> str | None:
    """Why the ref may name another commit later, or None."""
    source = call.source
    if source.ref is None:
        return f"module {call.key} has no ref: it follows the repository's default branch"
    if commit is None or source.by_commit:
        return None
    refs = _refs(folder / ".git")
    if f"refs/tags/{source.tag}" in refs:
        return None
    branch = f"refs/heads/{source.ref}" in refs or f"refs/remotes/origin/{source.ref}" in refs
    kind = "a branch" if branch else "neither a tag nor a full commit id"
    return f"module {call.key}: ref {source.ref} is {kind}"
