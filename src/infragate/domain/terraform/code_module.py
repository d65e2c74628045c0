"""One module's code as the judge sees it: its files, where it is, and the values that its paths can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from infragate.domain.command import Advice
from infragate.domain.finding import Finding, Severity
from infragate.domain.terraform import static_values, token_lists
from infragate.domain.terraform.code_blocks import Argument, CodeBlock, CodeFile
from infragate.domain.terraform.code_tokens import Token
from infragate.domain.terraform.static_values import Scope

SOURCE, PAGE = "code", "docs/code-rules.md"
PathKind = Literal["file", "folder", "missing", "special", "outside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """What the judge sees of the files that code reads.

    Attributes:
        kind_of: of a path; `outside` leads out of the checkout (or the fetched package), also over a link.
        text_of: the text of a file; None if it is not UTF-8 or cannot be read.
    """

    kind_of: Callable[[str], PathKind]
    text_of: Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeModule:
    """The code in one folder, for one call.

    Attributes:
        key: the names of the calls that lead to it, joined by dots; "" for the Stack itself.
        fetched: it is not part of the checkout; its code is locked by content.
        call: file and line of the call in the checkout; ("", 1) for the Stack.
        scope: the names that its expressions can use, without `each`.
    """

    key: str
    files: tuple[CodeFile, ...]
    scope: Scope
    disk: Disk
    fetched: bool = False
    call: tuple[str, int] = ("", 1)

    @property
    def blocks(self) -> Iterator[tuple[CodeFile, CodeBlock]]:
        """All blocks of its files."""
        for file in self.files:
            for block in file.blocks:
                yield file, block

    def address(self, *parts: str) -> str:
        """An address below this module, as Terraform writes it."""
        calls = [f"module.{name}" for name in self.key.split(".") if name]
        return ".".join([*calls, *(part for part in parts if part)])

    def finding(
        self,
        rule: str,
        message: str,
        *,
        at: tuple[CodeFile, int],
        address: str = "",
        fix: Advice,
        severity: Severity = Severity.HIGH,
    ) -> Finding:
        """A complaint; in fetched code at the place of the call, with the file of the module in the message."""
        file, line = at
        if self.fetched:
            message = f"module {self.key}, {file.name}:{line}: {message}"
        place = self.call if self.fetched else (file.name, line)
        return Finding(
            id=f"{SOURCE}/{rule}",
            source=SOURCE,
            message=message,
            severity=severity,
            address=address or None,
            file=place[0],
            line=place[1],
            link=PAGE,
            fix=fix,
        )


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function: its name with namespaces, its arguments, the names that they can use."""

    name: str
    arguments: Sequence[Sequence[Token]]
    scope: Scope
    line: int


def calls(argument: Argument, file: CodeFile, scope: Scope) -> Iterator[Call]:
    """The calls of functions in an expression."""
    for name, opening, inner in _calls(argument.tokens, scope):
        line = file.line_at(argument.tokens[opening].position) if file.text else argument.line
        yield Call(name, static_values.arguments(argument.tokens, opening), inner, line)


def _calls(tokens: Sequence[Token], scope: Scope) -> Iterator[tuple[str, int, Scope]]:
    """Name, index of the bracket and scope of each call."""
    ends: list[tuple[int, Scope]] = []
    starts: dict[int, tuple[int, Scope]] = {}
    for index, token in enumerate(tokens):
        while ends and index >= ends[-1][0]:
            scope = ends.pop()[1]
        if index in starts:  # the `:` of a `for`
            end, inner = starts[index]
            ends.append((end, scope))
            scope = inner
        if token.kind == "open" and _text(tokens, index + 1) == "for":
            if token.text == "%{":
                scope = scope.naming(**_names(tokens, index))
            elif token.text in ("[", "{"):
                inner, colon = static_values.for_scope(tokens, index, scope)
                starts[colon] = (token_lists.matching(tokens, index), inner)
        if token.kind == "name":
            opening = _bracket(tokens, index + 1)
            if opening:
                yield _full_name(tokens, index), opening, scope


def _names(tokens: Sequence[Token], index: int) -> dict[str, None]:
    """The names of `%{ for a, b in ...}`: not known from here on."""
    names: dict[str, None] = {}
    for token in tokens[index + 1 :]:
        if token.text == "in":
            break
        names[token.text] = None
    return names


def _text(tokens: Sequence[Token], index: int) -> str:
    """The text of the token, over `~` and line breaks."""
    while index < len(tokens) and (tokens[index].text == "~" or tokens[index].kind == "line"):
        index += 1
    return tokens[index].text if index < len(tokens) else ""


def _bracket(tokens: Sequence[Token], index: int) -> int:
    """The index of `(`, perhaps on a later line; 0 if something else follows."""
    while index < len(tokens) and tokens[index].kind == "line":
        index += 1
    return index if index < len(tokens) and tokens[index].kind == "open" and tokens[index].text == "(" else 0


def _full_name(tokens: Sequence[Token], index: int) -> str:
    name = tokens[index].text
    while index >= 2 and tokens[index - 1].text == "::" and tokens[index - 2].kind == "name":
        index -= 2
        name = f"{tokens[index].text}::{name}"
    return name.removeprefix("core::")
