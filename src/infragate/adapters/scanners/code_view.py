"""A private copy of a Stack's code for the engines of a run, laid out as they look for it.

Terraform keeps fetched modules outside of the checkout; tfsec, trivy and checkov look for them below the Stack's folder,
in `.terraform/modules`. Hidden files stay behind, since they can be an engine's own settings (`.tfsec/config.yml`,
`.trivyignore`, `.checkov.yaml`): a change may not loosen its own gate. Comments that switch checks off lose their
meaning, without a change to any line number (domain/gate/skip_comments.py).
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from infragate.adapters.local import tree_digest
from infragate.adapters.modules import module_list
from infragate.adapters.terraform.code_reader import CodeReader
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, InfragateError
from infragate.domain.gate import skip_comments
from infragate.domain.terraform.code_blocks import CodeBlock, CodeFile
from infragate.domain.terraform.code_module import CodeModule

if TYPE_CHECKING:
    from infragate.adapters.scanners.subject import Subject

_CODE = (".tf", ".tf.json", ".tfvars", ".tfvars.json")
_LARGEST = 8_000_000  # bytes; a larger file is an archive, which no engine reads
_FETCHED = ".terraform/modules"


@dataclass(frozen=True, kw_only=True)
class CodeView:
    """The copy.

    Attributes:
        base: stands for the checkout.
        stack: the Stack's folder in it.
        var_file: the Environment's values in it.
        modules: all code, as it was read in the original.
        folders: that of each module's code in the copy, by key.
    """

    base: Path
    stack: Path
    var_file: Path | None
    modules: tuple[CodeModule, ...]
    folders: Mapping[str, str]

    @property
    def files(self) -> int:
        """How many files of code there are in the Stack and its modules, each once."""
        return sum({self.folders[module.key]: len(module.files) for module in self.modules}.values())

    @property
    def resources(self) -> int:
        """How many resources the code describes, in all modules."""
        return len([*self._resources()])

    @property
    def types(self) -> frozenset[str]:
        """Their types."""
        return frozenset(block.labels[0] for block in self._resources() if block.labels)

    def _resources(self) -> Iterator[CodeBlock]:
        return (block for module in self.modules for _, block in module.blocks if block.kind == "resource")

    def spot(self, name: str, line: int, *, called: str = "") -> Spot:
        """What is at a line of a file.

        Args:
            name: as an engine prints it: a path in the copy, perhaps behind the source of a module.
            called: the address of the module call that the engine names; decides between calls of one folder.
        """
        path = self._relative(name)
        folder, _, file = path.rpartition("/")
        modules = [module for module in self.modules if self.folders.get(module.key) == folder]
        chosen = next((module for module in modules if module.address() == called), modules[0] if modules else None)
        if chosen is None:
            return Spot(address=called or None, file=path, line=line, detail="")
        at = next(((code, block) for code, block in self._blocks(chosen) if _holds(code, block, file, line)), None)
        address = chosen.address(*_own_address(at[1])) if at else chosen.address()
        if chosen.fetched:
            where, begin = chosen.call
            return Spot(address=address or None, file=where, line=begin, detail=f"module {chosen.key}, {file}:{line}: ")
        return Spot(address=address or None, file=path, line=line, detail="")

    def _blocks(self, module: CodeModule) -> Iterator[tuple[CodeFile, CodeBlock]]:
        """The last block of each file first: blocks say only where they begin."""
        return iter(reversed([*module.blocks]))

    @cached_property
    def _prefix(self) -> str:
        return self.stack.relative_to(self.base).as_posix()

    def _relative(self, name: str) -> str:
        """The path below `base`."""
        fetched = f"{_FETCHED}/"
        if fetched in name:
            return f"{self._prefix}/{fetched}{name.rpartition(fetched)[2]}".removeprefix("./")
        _, is_absolute, rest = name.rpartition(f"{self.base}/")
        return rest if is_absolute else name.lstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place of the original, for a Finding.

    Attributes:
        detail: begins the message: where it is in a fetched module; the place is then that of the call.
    """

    address: str | None
    file: str
    line: int
    detail: str


@dataclass(kw_only=True, eq=False)
class SharedView:
    """The copy of a run, made when the first engine asks for it; engines run in threads, and can only read it.

    It is made once: a second try would take what the first one has left, perhaps half of a file, for the code.
    """

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _copy: CodeView | InfragateError | OSError | None = None

    def of(self, subject: Subject) -> CodeView:
        """The copy.

        Raises:
            BadInput: as `make`, for each engine. OSError: it could not be written, for each engine.
        """
        with self._lock:
            if self._copy is None:
                try:
                    self._copy = make(subject, subject.scratch)
                except (InfragateError, OSError) as failure:
                    self._copy = failure
        if isinstance(self._copy, Exception):
            raise self._copy
        return self._copy


def folder(scratch: Path) -> Path:
    """Where the copy of a run is, for walls that are built before it is made."""
    return scratch / "code"


def make(subject: Subject, scratch: Path) -> CodeView:
    """Copy the code.

    Raises:
        BadInput: there is no code, a module was not fetched, or a file cannot be read.
    """
    if subject.folder is None:
        raise BadInput("there is no code to scan", where=str(subject.root), fix="run it in the checkout of the Stack")
    reader = _reader(subject, subject.folder)
    modules = reader.modules()
    _refuse_missing(modules)
    base = folder(scratch)
    copy = _Copy(root=subject.root.resolve(), base=base, data=subject.data and subject.data.resolve())
    places = {module.key: Path(module.scope.paths["module"]).resolve() for module in modules}
    for own in sorted({subject.folder.resolve(), *(place for place in places.values() if copy.is_own(place))}):
        copy.folder(own, copy.target(own))
    stack = copy.target(subject.folder.resolve())
    if copy.data is not None:
        for package in sorted({copy.package(place) for place in places.values() if not copy.is_own(place)}):
            copy.folder(package, stack / _FETCHED / package.name)
    for path in reader.outside_files():
        copy.file(path, copy.target(path))
    folders = {key: copy.place(place, stack) for key, place in places.items()}
    _write_list(subject, stack, folders, base)
    return CodeView(
        base=base,
        stack=stack,
        var_file=copy.target(subject.var_file.resolve()) if subject.var_file else None,
        modules=modules,
        folders=folders,
    )


def _reader(subject: Subject, folder: Path) -> CodeReader:
    data = subject.data
    return CodeReader(
        root=subject.root,
        stack=folder,
        var_file=subject.var_file.name if subject.var_file else "",
        fetched={} if data is None else module_list.folders(data, folder),
        packages=None if data is None else (data / "modules").resolve(),
    )


def _refuse_missing(modules: tuple[CodeModule, ...]) -> None:
    """Refuse a module that was not fetched: an engine skips its call without a message."""
    if not modules[0].files:
        raise BadInput("there is no Terraform code in the Stack's folder", where=modules[0].scope.paths["module"])
    known = {module.key for module in modules}
    for module in modules:
        for file, block in module.blocks:
            key = f"{module.key}.{block.labels[0]}".lstrip(".") if block.kind == "module" and block.labels else ""
            if key and key not in known:
                raise BadInput(
                    f"module {key} is not at hand, so it cannot be scanned",
                    where=f"{file.name}:{block.line}",
                    fix=("fetch it: ", Command("plan")),
                )


@dataclass(slots=True, kw_only=True)
class _Copy:
    """The copying."""

    root: Path
    base: Path
    data: Path | None

    def is_own(self, folder: Path) -> bool:
        """True if a folder is part of the checkout."""
        return not (self.data and folder.is_relative_to(self.data)) and folder.is_relative_to(self.root)

    def package(self, folder: Path) -> Path:
        """The fetched package that a module's folder is in."""
        modules = (self.data or self.root) / "modules"
        if not folder.is_relative_to(modules) or folder == modules:
            raise BadInput("a module is outside of the checkout and of the fetched ones", where=str(folder))
        return modules / folder.relative_to(modules).parts[0]

    def target(self, path: Path) -> Path:
        return self.base / path.relative_to(self.root) if path.is_relative_to(self.root) else self.base / path.name

    def place(self, folder: Path, stack: Path) -> str:
        """The folder of a module's code in the copy, relative to `base`."""
        if self.is_own(folder):
            return self.target(folder).relative_to(self.base).as_posix()
        package = self.package(folder)
        return (stack.relative_to(self.base) / _FETCHED / package.name / folder.relative_to(package)).as_posix()

    def folder(self, source: Path, target: Path) -> None:
        """All files of a folder whose path has no links."""
        target.mkdir(parents=True, exist_ok=True)
        for name, entry in tree_digest.walk(source, skip=lambda name: name.startswith(".")):
            if entry.is_dir(follow_symlinks=False):
                (target / name).mkdir(exist_ok=True)
            else:
                path = Path(entry.path)
                self._file(path, path.resolve() if entry.is_symlink() else path, target / name)

    def file(self, source: Path, target: Path) -> None:
        """One file; a link is followed inside the checkout and the fetched modules."""
        self._file(source, source.resolve(), target)

    def _file(self, source: Path, real: Path, target: Path) -> None:
        is_code = source.name.endswith(_CODE)
        if not real.is_file() or not any(real.is_relative_to(place) for place in (self.root, self.data or self.root)):
            if is_code:
                raise BadInput("a file of code cannot be read, or is a link that leads out", where=str(source))
            return
        if target.exists() or real.stat().st_size > _LARGEST:
            if is_code and not target.exists():
                raise BadInput(f"a file of code with more than {_LARGEST // 1_000_000} MB", where=str(source))
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        content = real.read_bytes()
        target.write_bytes(skip_comments.disarmed(content) if is_code else content)


def _write_list(subject: Subject, stack: Path, folders: Mapping[str, str], base: Path) -> None:
    """`modules.json`, as Terraform writes it, with the places in the copy."""
    if subject.data is None:
        return
    rows = [
        {
            "Key": module.key,
            "Source": module.written_source,
            **({"Version": module.version} if module.version else {}),
            "Dir": os.path.relpath(base / folders[module.key], stack),
        }
        for module in module_list.read(subject.data)
        if module.key in folders
    ]
    target = stack / _FETCHED / "modules.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"Modules": rows}))


def _holds(code: CodeFile, block: CodeBlock, file: str, line: int) -> bool:
    return code.name.rpartition("/")[2] == file and block.line <= line


def _own_address(block: CodeBlock) -> tuple[str, ...]:
    """What Terraform calls a block inside its module."""
    prefix = {"resource": (), "module": ("module",), "data": ("data",)}.get(block.kind)
    return ("",) if prefix is None else (*prefix, *block.labels)
