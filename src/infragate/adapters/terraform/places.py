"""Where the cause of a diagnostic is written: paths from the checkout's root, lines that Terraform does not name, and the
tfvars lines of the variables that matter.

It reads the files as text: they may be broken, and a wrong guess only loses a hint.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.modules import module_list
from infragate.domain.errors import InfragateError
from infragate.domain.finding import InputValue
from infragate.domain.suggestions import nearest
from infragate.domain.terraform.diagnostic import Diagnostic

_VARIABLE = re.compile(r"\bvar\.([A-Za-z_][\w-]*)")
_LOCAL = re.compile(r"\blocal\.([A-Za-z_][\w-]*)")
_BLOCK = re.compile(r'(resource|data) "([^"]+)" "([^"]+)"')
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|(?:#|//).*$')  # a string is kept: it may hold an address
_DECLARED = re.compile(r'^variable "([^"]+)"')
_NAMED = re.compile(r'input variable "([^"]+)" is not set|\bvar\.([\w-]+) declared at')
_UNDECLARED = re.compile(r'does not declare a variable named "([^"]+)" but a value was found in file')
_AT = re.compile(r"\bat (\S+\.tf(?:\.json)?):(\d+)")
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of a file; `file` relative to the Stack's folder."""

    file: str
    number: int
    text: str


@dataclass(frozen=True, kw_only=True)
class FailurePlaces:
    """The files of one root.

    Attributes:
        folder: of the root; `where` is its name from the checkout's root.
        data: TF_DATA_DIR.
        var_file: the tfvars file in `folder`; "" for none.
    """

    folder: Path
    where: str
    data: Path
    var_file: str

    def located(self, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """The diagnostics with all that the files tell about their places."""
        return tuple(self._located(entry) for entry in diagnostics)

    def _located(self, entry: Diagnostic) -> Diagnostic:
        try:
            entry = self._addressed(entry) if entry.file else self._searched(entry)
            inputs = self._inputs(entry)
        except (OSError, ValueError, InfragateError):
            inputs = ()
        # A line of values is shown only if each variable in it is known not to be a secret.
        is_open = bool(inputs) and all(value.value is not None for value in inputs)
        secret = entry.file == self.var_file and not is_open
        return replace(
            entry,
            file=self._named(entry.file) if entry.file else None,
            snippet=None if secret else entry.snippet,
            detail=self._hinted(entry),
            inputs=inputs,
        )

    def _named(self, file: str) -> str:
        """A path from the checkout's root; one that leads out of it stays absolute."""
        inside = os.path.normpath(Path(self.where) / os.path.relpath(self.folder / file, self.folder))
        return os.path.normpath(self.folder / file) if inside.startswith("..") else Path(inside).as_posix()

    def _addressed(self, entry: Diagnostic) -> Diagnostic:
        """The diagnostic with the address of the block that it is in; Terraform has it only for what a provider says."""
        block = _BLOCK.match(entry.snippet.context) if entry.snippet and not entry.address else None
        if block is None or entry.file is None:
            return entry
        key = self._key(Path(os.path.normpath(self.folder / entry.file)).parent, None)
        calls = "".join(f"module.{name}." for name in key.split(".") if name)
        data = "data." if block[1] == "data" else ""
        return replace(entry, address=f"{calls}{data}{block[2]}.{block[3]}")

    # ---- lines that Terraform does not name ----------------------------------------------------------------------

    def _searched(self, entry: Diagnostic) -> Diagnostic:
        """The diagnostic with the line that it is about, if it names something that is written in one line only."""
        if told := _AT.search(entry.detail):
            return replace(entry, file=told[1], line=int(told[2]))
        if undeclared := _UNDECLARED.search(entry.detail):
            line = self._setting(undeclared[1])
        else:
            line = next((line for pattern in self._patterns(entry) if (line := self._line(pattern))), None)
        return replace(entry, file=line.file, line=line.number) if line else entry

    def _patterns(self, entry: Diagnostic) -> Iterator[str]:
        """What the line looks like."""
        if folder := re.search(r'subdir "([^"]+)" not found', entry.text):
            yield rf'\bsource"?\s*[=:]\s*".*//{re.escape(folder[1])}(\?|")'
        if path := re.search(r"lstat (\S+): no such file", entry.text):
            yield rf'\bsource"?\s*[=:]\s*"[./]*{re.escape(path[1])}/?"'
        if cycle := re.match(r"Cycle: (\S+?)[ ,]", f"{entry.summary},"):
            yield from _of_address(cycle[1])
        if provider := re.search(r"for provider (\S+?):", entry.text):
            yield rf'\bsource"?\s*[=:]\s*"(\S+/)?{re.escape(provider[1])}"'
            yield rf'^(resource|data) "{re.escape(provider[1].rpartition("/")[2])}_'
        if entry.address:
            yield from _of_address(entry.address)

    def _line(self, pattern: str) -> _Line | None:
        compiled = re.compile(pattern)
        return next((line for line in self._lines if compiled.search(line.text)), None)

    @cached_property
    def _lines_in(self) -> Callable[[Path], tuple[_Line, ...]]:
        """The lines of a folder's files, which are read once: a run may have hundreds of warnings."""
        return functools.cache(lambda folder: tuple(_lines_of(folder)))

    @cached_property
    def _lines(self) -> tuple[_Line, ...]:
        return self._lines_in(self.folder)

    # ---- variables -----------------------------------------------------------------------------------------------

    def _inputs(self, entry: Diagnostic) -> tuple[InputValue, ...]:
        """The root's variables that the place depends on."""
        named = _NAMED.search(f"{entry.summary} {entry.detail}")
        of_root = named and (entry.file is None or "/" not in entry.file)
        names = {named[1] or named[2]} if named and of_root else self._names(entry)
        return tuple(self._value(name) for name in sorted(names))

    def _names(self, entry: Diagnostic) -> set[str]:
        """Variables of the root in the marked lines, or in the block of an answer about a resource."""
        if entry.file is None or entry.snippet is None or entry.file == self.var_file:
            return set()
        folder = Path(os.path.normpath(self.folder / entry.file)).parent
        text = entry.snippet.code
        if entry.address and (not entry.of_argument or "self." in text):
            own = re.sub(r"^(module\.[^.]+\.)+", "", entry.address)
            text = "\n".join(line for start in _of_address(own) for line in _block_of(self._lines_in(folder), start))
        code = f"{text} {' '.join(entry.snippet.values)}"
        declared = _DECLARED.match(entry.snippet.context or entry.snippet.code)
        names = {declared[1]} if declared else _references(code, self._lines_in(folder))
        return self._upwards(names, self._key(folder, entry.address))

    def _key(self, folder: Path, address: str | None) -> str:
        """The nested call whose code is in a folder: "" for the root itself, "a.b" for module.a.module.b."""
        called = ".".join(re.findall(r"\bmodule\.([\w-]+)", address or ""))
        keys = [key for key, place in self._modules.items() if place == folder]
        return called if called in keys else keys[0] if keys else called

    @cached_property
    def _modules(self) -> dict[str, Path]:
        return {
            module.key: Path(os.path.normpath(self.folder / module.folder)) for module in module_list.read(self.data)
        }

    def _upwards(self, names: set[str], key: str) -> set[str]:
        """Follow the arguments of the module calls up to the root."""
        while key and names:
            key, _, call = key.rpartition(".")
            lines = self._lines_in(self._modules.get(key, self.folder))
            names = set().union(*(_references(_argument(lines, call, name), lines) for name in names))
        return names

    def _value(self, name: str) -> InputValue:
        """Where the root's variable gets its value: its line in the tfvars, else its default, else nowhere yet."""
        line = self._setting(name)
        file = self._named(self.var_file) if self.var_file else self.where
        declared = "\n".join(_block_of(self._lines, rf'^variable "{re.escape(name)}"'))
        if line is None:
            start = self._line(rf'^variable "{re.escape(name)}"')
            if start and re.search(r"^\s*default\s*=", declared, re.MULTILINE):
                return InputValue(name=name, file=self._named(start.file), line=start.number)
            return InputValue(name=name, file=file)
        secret = not self._is_open(name, declared)
        text = re.split(r"[=:]", line.text, maxsplit=1)[1]
        value = _COMMENT.sub(lambda match: match[1] or "", text).strip().rstrip(",")
        return InputValue(name=name, file=file, line=line.number, value=None if secret else value[:_SHOWN])

    def _is_open(self, name: str, declared: str) -> bool:
        """True if the variable is known not to be a secret: declared once, in plain HCL, and neither sensitive nor ephemeral."""
        blocks = [line for line in self._lines if re.search(rf'\bvariable\s+"?{re.escape(name)}\b', line.text)]
        is_json = any(line.file.endswith(".json") for line in self._lines)
        hides = re.search(r"\b(sensitive|ephemeral)\b", declared)
        return bool(declared) and len(blocks) == 1 and not is_json and not hides

    def _setting(self, name: str) -> _Line | None:
        """The tfvars line that sets a variable."""
        return next((line for line in self._set if re.match(rf'\s*"?{re.escape(name)}"?\s*[=:]', line.text)), None)

    @cached_property
    def _set(self) -> tuple[_Line, ...]:
        return tuple(_read(self.folder / self.var_file, self.var_file)) if self.var_file else ()

    def _hinted(self, entry: Diagnostic) -> str:
        """The detail, with the name that was probably meant by an undeclared value."""
        undeclared = _UNDECLARED.search(entry.detail)
        names = [match[1] for line in self._lines if (match := _DECLARED.match(line.text))] if undeclared else []
        meant = nearest(undeclared[1], names) if undeclared else None
        return f"Did you mean {meant}? {entry.detail}" if meant else entry.detail


def _of_address(address: str) -> Iterator[str]:
    """What the block of an address of the root starts with."""
    words = address.split("[", 1)[0].split(".")
    if words[0] == "module" and len(words) > 1:
        yield rf'^module "{re.escape(words[1])}"'
    elif words[0] in ("var", "output") and len(words) > 1:
        yield rf'^(variable|output) "{re.escape(words[1])}"'
    elif words[0] == "local" and len(words) > 1:
        yield rf"^\s+{re.escape(words[1])}\s*="
    elif len(words) > 1:
        kind, first, second = ("data", *words[1:3]) if words[0] == "data" else ("resource", *words[:2])
        yield rf'^{kind} "{re.escape(first)}" "{re.escape(second)}"'


def _lines_of(folder: Path) -> Iterator[_Line]:
    for path in sorted([*folder.glob("*.tf"), *folder.glob("*.tf.json")]):
        if path.is_file():
            yield from _read(path, path.name)


def _read(path: Path, name: str) -> Iterator[_Line]:
    text = (files.read(path) or "").removeprefix("\ufeff")
    for number, line in enumerate(text.split("\n"), 1):
        yield _Line(file=name, number=number, text=line.rstrip("\r"))


def _block_of(lines: tuple[_Line, ...], start: str) -> list[str]:
    """The lines of a formatted block, up to the closing brace in the first column."""
    block: list[str] = []
    for line in lines:
        if block or re.search(start, line.text):
            block.append(line.text)
            if line.text.startswith("}") or (len(block) == 1 and line.text.rstrip().endswith("}")):
                break
    return block


def _argument(lines: tuple[_Line, ...], call: str, name: str) -> str:
    """The expression of an argument of a module call, with the lines up to the next argument."""
    block, expression = _block_of(lines, rf'^module "{re.escape(call)}"'), ""
    for text in block:
        if re.match(rf"\s*{re.escape(name)}\s*=", text):
            expression = text
        elif expression and re.match(r"  \w+\s*=|\}", text):
            break
        elif expression:
            expression += f"\n{text}"
    return expression


def _references(code: str, lines: tuple[_Line, ...]) -> set[str]:
    """The variables in an expression, and in the locals that it names."""
    names = set(_VARIABLE.findall(code))
    for local in _LOCAL.findall(code):
        for line in lines:
            if re.match(rf"\s+{re.escape(local)}\s*=", line.text):
                names |= set(_VARIABLE.findall(line.text))
    return names
