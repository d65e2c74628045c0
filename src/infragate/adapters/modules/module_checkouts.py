"""The modules that `terraform init` or `get` fetched: each call with its commit and the digest of its files.

Facts (measured on Terraform 1.11.4): `modules/modules.json` lists calls, full sources and registry versions, but no
commits. The first call of a repository and ref is a clone with `.git`, HEAD detached for a tag.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.modules import module_agreement, module_calls, module_list, package_content
from infragate.adapters.modules.module_calls import ModuleCall
from infragate.adapters.modules.module_list import ListedModule
from infragate.adapters.modules.package_content import Content
from infragate.domain.errors import Integrity
from infragate.domain.modules.module_lock import Fetched
from infragate.domain.terraform import constraints

_COMMIT = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")


def fetched(data_folder: Path, stack_folder: Path, *, root: Path) -> tuple[Fetched, ...]:
    """All calls of modules from elsewhere, sorted by key, nested ones too.

    Args:
        data_folder: TF_DATA_DIR; absolute.
        root: the checkout.

    Raises:
        BadInput: the list of modules or the code cannot be read.
        Integrity: the list does not match the code, or names a folder that does not belong to the call's source.
    """
    _refuse_foreign_folders(data_folder, stack_folder)
    calls = module_agreement.agreed_calls(data_folder, stack_folder, root=root)
    listed = sorted((module for module in module_list.read(data_folder) if module.key), key=lambda module: module.key)
    modules = [module for module in listed if module.source.kind != "local"]
    folders = [data_folder / "modules" / module.key for module in modules]
    packages = [_Package(module, folder, _content(folder)) for module, folder in zip(modules, folders, strict=True)]
    trees = package_content.trees([(package.address, package.content) for package in packages])
    versions = _versions(modules, module_list.folders(data_folder, stack_folder))
    fetched_modules = [
        _of_registry(package, tree, versions[package.module.key])
        if package.module.source.kind == "registry"
        else _fetched(package, tree, _clone(package, packages))
        for package, tree in zip(packages, trees, strict=True)
    ]
    local = [Fetched(module=module.key, source=module.source) for module in listed if _is_local(module)]
    return tuple(
        replace(module, where=_where(module.module, calls))
        for module in sorted([*fetched_modules, *local], key=lambda module: module.module)
    )


def changed_files(data_folder: Path, key: str, commit: str) -> tuple[str, ...]:
    """The files of a fetched git module that differ from a commit; none if that commit is not at hand."""
    packages = data_folder / "modules"
    for clone in (packages / key, *sorted(packages.iterdir())):
        committed = git.files_of(clone, commit) if (clone / ".git").is_dir() else None
        if committed:
            is_copy = clone != packages / key
            return package_content.changed(packages / key, committed, without_hidden=is_copy)
    return ()


def _is_local(module: ListedModule) -> bool:
    return module.source.kind == "local" and "." not in module.key


def _where(key: str, calls: Mapping[str, ModuleCall]) -> str:
    """The place of the call in the checkout; for a call inside a package, that of the package."""
    while key not in calls:
        key = key.rpartition(".")[0]
    return calls[key].where


def _content(folder: Path) -> Content:
    try:
        return package_content.read(folder)
    except (OSError, UnicodeError) as error:
        return package_content.unreadable(f"its files cannot be read: {error}")


@dataclass(frozen=True, slots=True)
class _Package:
    """What was fetched for a call, in its folder."""

    module: ListedModule
    folder: Path
    content: Content

    @property
    def address(self) -> tuple[str, str | None]:
        """What was fetched: a repository and ref, or a registry module and version."""
        source = self.module.source
        if source.kind == "git":
            return source.repository, source.ref
        return source.address.partition("//")[0], self.module.version


def _clone(package: _Package, packages: Sequence[_Package]) -> Path | None:
    """The clone of a git module: its folder, or that of the clone that Terraform copied."""
    if package.content.is_clone:
        return package.folder
    clones = [other for other in packages if other.content.is_clone]
    same = (other for other in clones if other.address == package.address)
    alike = (other for other in clones if other.content.visible == package.content.tree)  # for another address
    return next((other.folder for other in chain(same, alike)), None)


def _versions(modules: list[ListedModule], folders: Mapping[str, Path]) -> dict[str, str]:
    """The version constraints of registry modules, as written at their calls."""
    versions: dict[str, str] = {}
    for module in modules:
        if module.source.kind == "registry":
            above, _, name = module.key.rpartition(".")
            calls = module_calls.read(folders[above], relative_to=None)
            versions[module.key] = next((call.version for call in calls if call.name == name), "")
    return versions


def _refuse_foreign_folders(data_folder: Path, stack_folder: Path) -> None:
    """Terraform runs the code in `Dir`, so that must be the folder whose files are checked.

    It follows links before it writes `Dir` of a local module.
    """
    modules = module_list.read(data_folder)
    folders = {module.key: os.path.normpath(stack_folder / module.folder) for module in modules}
    for module in modules:
        key, source, folder = module.key, module.source, folders[module.key]
        package = data_folder / "modules" / key
        if source.kind == "local":
            above = folders.get(key.rpartition(".")[0], "")
            is_right = os.path.realpath(folder) == os.path.realpath(os.path.normpath(Path(above, source.address)))
        elif source.kind == "git":
            is_right = folder == os.path.normpath(package / source.folder)
        else:
            is_right = Path(folder).is_relative_to(package)
        if key and not is_right:
            raise Integrity(
                f"Terraform's list of modules has module {key} in {folder}, which is not the folder of its source",
                where=str(module_list.path(data_folder)),
                fix=f"rm -r {shlex.quote(str(data_folder / 'modules'))}, then plan again",
            )


def _of_registry(package: _Package, tree: str, constraint: str) -> Fetched:
    module = package.module
    return Fetched(
        module=module.key,
        source=module.source,
        version=module.version,
        tree=tree,
        problem=package.content.problem,
        unpinned=_unpinned_version(module, constraint),
    )


def _fetched(package: _Package, tree: str, clone: Path | None) -> Fetched:
    module, source, problem = package.module, package.module.source, package.content.problem
    unread = Fetched(module=module.key, source=source)
    if source.kind != "git":
        return unread
    try:
        commit = _head(clone) if clone else None
        unpinned = _unpinned(module, clone, commit)
    except (OSError, UnicodeError) as error:
        return replace(unread, problem=f"its files cannot be read: {error}")
    if source.by_commit and source.ref and commit not in (None, source.ref.lower()):
        problem = problem or f"its clone is at {commit}, not at {source.ref}"
    return replace(unread, commit=commit, tree=tree, problem=problem, unpinned=unpinned)


def _unpinned_version(module: ListedModule, constraint: str) -> str | None:
    if constraints.exact(constraint) is not None:
        return None
    written = f"version {constraint!r}" if constraint else "no version"
    return f"module {module.key} has {written}, so its release can change; the present one is {module.version}"


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


def _unpinned(module: ListedModule, clone: Path | None, commit: str | None) -> str | None:
    """Why the ref may name another commit later, or None."""
    source = module.source
    if source.ref is None:
        return f"module {module.key} has no ref: it follows the repository's default branch"
    if clone is None or commit is None or source.by_commit:
        return None
    refs = _refs(clone / ".git")
    if f"refs/tags/{source.tag}" in refs:
        return None
    branch = f"refs/heads/{source.ref}" in refs or f"refs/remotes/origin/{source.ref}" in refs
    kind = "a branch" if branch else "neither a tag nor a full commit id"
    return f"module {module.key}: ref {source.ref} is {kind}"
