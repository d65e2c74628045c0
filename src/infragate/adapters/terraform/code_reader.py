"""Reads all code of a Stack for the judge: its own files, its local modules, and the modules that were fetched."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

from infragate.adapters.local import tree_digest
from infragate.adapters.terraform import hcl_json
from infragate.domain.errors import BadInput
from infragate.domain.terraform import code_blocks, code_rules, code_sources, static_values
from infragate.domain.terraform.code_blocks import Argument, CodeBlock, CodeFile
from infragate.domain.terraform.code_module import CodeModule, Disk, PathKind
from infragate.domain.terraform.code_tokens import Token
from infragate.domain.terraform.static_values import Piece, Scope

MOST_MODULES, DEEPEST, MOST_FILES, LARGEST = 500, 20, 5000, 8_000_000
# Folders of the checkout that are no code of a Stack: what they hold is not reviewed as such, or is secret.
_HIDDEN = frozenset((".git", ".infragate", ".terraform"))
_TYPED = re.compile(r"number|bool")
_CONVERTED = re.compile(r"[-+.\d]|true$|false$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Called:
    """A call of a module.

    Attributes:
        folder: of its code; package: the fetched package that it is in, None if it is part of the checkout.
        given: the values of its variables.
        file, line: of the call in the checkout.
    """

    key: str
    folder: Path
    given: Mapping[str, Piece | None]
    file: str
    line: int
    package: Path | None


@dataclass(slots=True)
class CodeReader:
    """One reading; it remembers every file that it looked at.

    Attributes:
        root: the checkout.
        stack: the Stack's folder.
        var_file: name of the Environment's tfvars file.
        fetched: folder of each fetched call's code, by key; none before they are fetched.
        packages: the folder that holds the fetched packages.
        read: path and digest of each file that was read.
        folders: of the Stack and its local modules.
        outside: the calls of local modules whose folder is not in the checkout.
    """

    root: Path
    stack: Path
    var_file: str
    fetched: Mapping[str, Path] = field(default_factory=dict)
    packages: Path | None = None
    read: dict[str, str] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)
    outside: list[tuple[CodeModule, CodeFile, CodeBlock]] = field(default_factory=list)
    _count: int = 0
    _used: set[Path] = field(default_factory=set)

    def modules(self) -> tuple[CodeModule, ...]:
        """The code of the Stack, then of each call below it."""
        self._count = 0
        return tuple(self._below(_Called(key="", folder=self.stack, given={}, file="", line=1, package=None), ()))

    def tests(self) -> tuple[CodeFile, ...]:
        """The test files of the Stack: no plan reads them, but `terraform get` fetches what they call."""
        names = (".tftest.hcl", ".tftest.json")
        places = [self.stack, self.stack / "tests"]
        paths = [path for place in places if place.is_dir() for path in place.iterdir() if path.name.endswith(names)]
        return tuple(self._file(path, self._name(path, None)) for path in sorted(paths))

    def links_out(self) -> list[str]:
        """The links that lead out of the checkout: folders of the Stack and its local modules, and what is in them."""
        links = [
            Path(entry.path)
            for folder in self.folders
            for _, entry in tree_digest.walk(folder, skip=_HIDDEN.__contains__)
            if entry.is_symlink()
        ]
        places = [*self.folders, *links]
        return sorted(
            self._name(path, None) for path in places if not self._is_inside(Path(os.path.realpath(path)), None)
        )

    def outside_files(self) -> tuple[Path, ...]:
        """The files of the checkout that code reads outside of the folders of its modules."""
        root = Path(os.path.realpath(self.root))
        own = [Path(os.path.realpath(folder)) for folder in self.folders]
        return tuple(
            sorted(
                path
                for path in self._used
                if path.is_relative_to(root) and not any(path.is_relative_to(folder) for folder in own)
            )
        )

    # ---- one folder and what it calls ----------------------------------------------------------------------------

    def _below(self, call: _Called, above: tuple[Path, ...]) -> Iterator[CodeModule]:
        self._count += 1
        if self._count > MOST_MODULES or len(above) > DEEPEST:
            raise BadInput(f"more than {MOST_MODULES} calls of modules, or {DEEPEST} below each other", where=call.file)
        if call.package is None:
            self.folders.add(call.folder)
        files = tuple(self._files(call.folder, call.package))
        given = call.given if call.key else self._values()
        module = CodeModule(
            key=call.key,
            files=files,
            scope=self._scope(files, call.folder, given, call.package),
            disk=Disk(kind_of=partial(self.kind_of, package=call.package), text_of=self.text_of),
            fetched=call.package is not None,
            call=(call.file, call.line),
        )
        yield module
        for file, block in module.blocks:
            if block.kind == "module" and block.labels:
                inner = self._called(module, call, file, block)
                if inner and inner.folder not in (*above, call.folder):  # Terraform refuses a circle
                    yield from self._below(inner, (*above, call.folder))

    def _called(self, module: CodeModule, above: _Called, file: CodeFile, block: CodeBlock) -> _Called | None:
        """The call of a module whose code is at hand."""
        source, key = code_sources.source_of(block), f"{module.key}.{block.labels[0]}".lstrip(".")
        if source is None:
            return None
        if source.kind == "local":
            folder = Path(os.path.realpath(os.path.normpath(above.folder / source.address)))
            package = above.package
            if not self._is_inside(folder, package):
                self.outside.append((module, file, block))
                return None
        else:
            folder = self.fetched.get(key, self.root)
            if self.packages is None or not folder.is_relative_to(self.packages):
                return None  # not fetched
            package = self.packages / folder.relative_to(self.packages).parts[0]
        if not folder.is_dir():
            return None  # Terraform says so
        return _Called(
            key=key,
            folder=folder,
            given=_given(module, block),
            file=above.file if above.package else file.name,
            line=above.line if above.package else block.line,
            package=package,
        )

    def _files(self, folder: Path, package: Path | None) -> Iterator[CodeFile]:
        with os.scandir(folder) as entries:
            # Terraform also reads names that look like an editor's backup: `~a.tf`, `#a.tf`.
            paths = sorted(
                folder / entry.name
                for entry in entries
                if entry.name.endswith((".tf", ".tf.json")) and not entry.name.startswith(".") and not _is_folder(entry)
            )
        for path in paths:
            yield self._file(path, self._name(path, package))

    def _name(self, path: Path, package: Path | None) -> str:
        base = package or self.root
        return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)

    def _file(self, path: Path, name: str) -> CodeFile:
        try:
            content = self._content(path)
            text = content.decode()
        except (OSError, BadInput) as error:
            return CodeFile(name=name, unreadable=getattr(error, "strerror", None) or str(error))
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            return CodeFile(name=name, unreadable="not UTF-8 text", line=line)
        return replace(_parsed(text, is_json=name.endswith(".json")), name=name)

    def _content(self, path: Path) -> bytes:
        if not path.is_file():
            raise BadInput("not a regular file")
        if path.stat().st_size > LARGEST:
            raise BadInput(f"larger than {LARGEST // 1_000_000} MB")
        content = path.read_bytes()
        self.read[self._shown(path)] = hashlib.sha256(content).hexdigest()
        return content

    def _shown(self, path: Path) -> str:
        for base, prefix in ((self.packages, "modules/"), (self.root, "")):
            if base is not None and path.is_relative_to(base):
                return prefix + path.relative_to(base).as_posix()
        return str(path)

    # ---- values --------------------------------------------------------------------------------------------------

    def _scope(
        self, files: tuple[CodeFile, ...], folder: Path, given: Mapping[str, Piece | None], package: Path | None
    ) -> Scope:
        blocks = [block for file in files for block in file.blocks]
        local_values: dict[str, tuple[Token, ...] | None] = {}
        for block in blocks:
            for argument in block.arguments if block.kind == "locals" else ():
                local_values[argument.name] = None if argument.name in local_values else argument.tokens
        declared: dict[str, list[CodeBlock]] = {}
        for block in blocks:
            if block.kind == "variable" and block.labels:
                declared.setdefault(block.labels[0], []).append(block)
        return Scope(
            paths={"module": str(folder), "root": str(self.stack), "cwd": str(self.stack)},
            variables={name: _variable(parts, given, name) for name, parts in declared.items()},
            local_values=local_values,
            files_in=partial(self.files_in, package=package),
        )

    def _values(self) -> dict[str, Piece | None]:
        """The root's variables, as the Environment's tfvars set them."""
        try:
            text = self._content(self.stack / self.var_file).decode()
        except (OSError, BadInput, UnicodeDecodeError):
            return {}
        return {argument.name: Piece(argument.tokens, Scope()) for argument in code_blocks.read_values(text)}

    # ---- the disk ------------------------------------------------------------------------------------------------

    def kind_of(self, path: str, *, package: Path | None = None) -> PathKind:
        """What a path of a function leads to; Terraform resolves `..` before it follows links, a provider may not."""
        if path.startswith("~") or "\0" in path:
            return "outside"
        try:
            places = {
                Path(os.path.realpath(self.stack / path)),
                Path(os.path.realpath(os.path.normpath(self.stack / path))),
            }
        except (OSError, ValueError):
            return "special"
        if not all(self._is_inside(place, package) for place in places):
            return "outside"
        kinds = {_kind(place) for place in places}
        if kinds == {"file"}:
            self._used.update(places)
        return kinds.pop() if len(kinds) == 1 else "special"

    def text_of(self, path: str) -> str | None:
        """The text of a file, which is remembered as read."""
        try:
            return self._content(Path(os.path.normpath(self.stack / path))).decode()
        except (OSError, BadInput, UnicodeDecodeError):
            return None

    def files_in(self, folder: str, pattern: str, *, package: Path | None = None) -> tuple[str, ...] | None:
        """The files that `fileset` lists."""
        if any(mark in folder for mark in "*?[]{}\\") or ".." in pattern or pattern.startswith(("/", "~")):
            return None
        kind = self.kind_of(folder, package=package)
        if kind == "missing":
            return ()
        if kind != "folder":
            return None
        matches, names = _glob(pattern), []
        for name, entry in tree_digest.walk(os.path.normpath(self.stack / folder), skip=lambda _name: False):
            if entry.is_symlink():
                return None
            if entry.is_file(follow_symlinks=False) and (matches is None or matches.fullmatch(name)):
                names.append(name)
            if len(names) > MOST_FILES:
                return None
        return tuple(names)

    def _is_inside(self, place: Path, package: Path | None) -> bool:
        base = Path(os.path.realpath(self.root))
        # A hidden file (.env, .git/config) is often the user's own and no code: git may not even track it.
        if place.is_relative_to(base) and not any(part.startswith(".") for part in place.relative_to(base).parts):
            return True
        return package is not None and place.is_relative_to(os.path.realpath(package)) and ".git" not in place.parts


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _kind(place: Path) -> PathKind:
    if place.is_file():
        return "file"
    return "folder" if place.is_dir() else "special" if os.path.lexists(place) else "missing"


def _glob(pattern: str) -> re.Pattern[str] | None:
    """A pattern of `fileset` as a regular expression; None for all files, if it has more than `*`, `**` and `?`."""
    if any(mark in pattern for mark in "[]{}\\"):
        return None
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(part) or re.escape(part) for part in parts), re.DOTALL)


@lru_cache(maxsize=512)
def _parsed(text: str, *, is_json: bool) -> CodeFile:
    """The blocks of a file. Copies of a module, and the runs of one process, read the same text again and again."""
    name = "x.tf.json" if is_json else "x.tf"
    return hcl_json.read_all(text.encode(), name) if is_json else code_blocks.read_native(text, name)


def _given(module: CodeModule, block: CodeBlock) -> dict[str, Piece | None]:
    """What a call passes to the variables of the module; None where an override file changes it."""
    scope = code_rules.each(module.scope, block)
    same = [other for _, other in module.blocks if other.kind == "module" and other.labels == block.labels]
    if len(same) > 1:
        return {argument.name: None for other in same for argument in other.arguments}
    return {argument.name: Piece(argument.tokens, scope) for argument in block.arguments}


def _variable(parts: list[CodeBlock], given: Mapping[str, Piece | None], name: str) -> Piece | None:
    """The value of a variable: the one given, else its default; None if Terraform could make another one of it."""
    block = parts[0]
    if len(parts) > 1 or block.argument("ephemeral"):
        return None
    default = block.argument("default")
    value = given.get(name, Piece(default.tokens, Scope()) if default else None)
    if value is None:
        return None
    return None if _converts(block.argument("type")) and _may_change(value) else value


def _converts(constraint: Argument | None) -> bool:
    return constraint is not None and any(_TYPED.search(token.text) for token in constraint.tokens)


def _may_change(value: Piece) -> bool:
    """True if a string in it may be read as a number or a truth value."""
    texts = static_values.strings(*value)
    if texts is None:
        texts = frozenset(token.text for token in value.tokens if token.kind == "text")
        if any(token.text == "." for token in value.tokens):
            return True
    return any(_CONVERTED.match(text) for text in texts)
