"""The tokens of Terraform's configuration language, read by the rules of its own scanner (hashicorp/hcl, hclsyntax).

For the judge of code only: it must read every byte as Terraform does, or say that it cannot. A parser that recovers from
what it does not know could take code for a string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

TokenKind = Literal["name", "number", "sign", "line", "text", "open", "close"]
_MAIN = re.compile(
    r"(?:[ \t]++|\#[^\n]*+|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*\*/)*"
    r"(?:(?P<name>[^\W\d][\w-]*+)|(?P<line>\r?\n)|(?P<quote>\")|(?P<heredoc><<-?(?P<mark>[^\W\d][\w-]*+)\r?\n)"
    r"|(?P<number>\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)|(?P<open>[\[({])|(?P<close>[\])}])"
    r"|(?P<sign>::|==|!=|>=|<=|&&|\|\||\.\.\.|=>|/(?![*/])|[.,*%+\-=<>!?:~])|(?P<end>\Z))",
    re.DOTALL,
)
# Text up to its end, or up to `${` and `%{`; `$${` and `%%{` are text.
# No two alternatives match at one place: a possessive group (`(...)*+`) would say that, but fails in Python before 3.11.5.
_PLAIN = r"\$\$\{|%%\{|\$(?!\$?\{)|%(?!%?\{)"
_QUOTED = re.compile(rf'((?:[^"\\$%\r\n]++|{_PLAIN}|\\[^\r\n])*)("|[$%]{{~?)')
_HEREDOC = re.compile(rf"((?:[^$%\n]++|{_PLAIN})*)(\n|[$%]{{~?)")
_TEMPLATE = re.compile(rf"((?:[^$%]++|{_PLAIN})*)(\Z|[$%]{{~?)")
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\$\$|%%)(?=\{)|(\\)', re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
# What Go's bytes.TrimSpace removes around the mark that ends a heredoc.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
DEEPEST = 200  # nested brackets and templates; Terraform has no limit, people have


class Unreadable(Exception):
    """Text that Terraform refuses, or that is not understood here; `position` in characters."""

    def __init__(self, why: str, position: int) -> None:
        super().__init__(why)
        self.why, self.position = why, position


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: `text` is the literal part of a string; `open` and `close` are brackets, quotes (`"`), and the ends of an
            interpolation (`${`, `%{`); a heredoc begins with `<<` and ends with `"`.
        text: of `text`, its value.
        position: in characters.
    """

    kind: TokenKind
    text: str
    position: int


@dataclass(slots=True)
class _Scan:
    """The state of one scan; `inside` holds what is open, the innermost last."""

    text: str
    position: int = 0
    tokens: list[Token] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)

    def add(self, kind: TokenKind, text: str, position: int) -> None:
        self.tokens.append(Token(kind, text, position))

    def enter(self, opening: str, closing: str, position: int) -> None:
        if len(self.inside) >= DEEPEST:
            raise Unreadable("nested too deeply", position)
        self.add("open", opening, position)
        self.inside.append(closing)


def of_file(text: str) -> list[Token]:
    """The tokens of a file in native syntax.

    Raises:
        Unreadable: Terraform refuses it, or it is not understood here.
    """
    scan = _Scan(text, position=1 if text.startswith("\ufeff") else 0)
    _main(scan)
    return _complete(scan)


def of_template(text: str) -> list[Token]:
    """The tokens of a template: a string of JSON syntax, or a template file; between quotes.

    Raises:
        Unreadable: as `of_file`.
    """
    scan = _Scan(text)
    scan.enter('"', "template", 0)
    _strings(scan)
    _main(scan)
    return _complete(scan)


def _complete(scan: _Scan) -> list[Token]:
    """The tokens, with every bracket closed, and `::` only in the name of a function."""
    if scan.inside:
        raise Unreadable("a bracket, string or comment is not closed", len(scan.text))
    tokens = scan.tokens
    for index, token in enumerate(tokens) if "::" in scan.text else ():
        if token.text == "::" and token.kind == "sign":
            around = [other.kind for other in (*tokens[index - 1 : index], *tokens[index + 1 : index + 2])]
            after = tokens[index + 2].text if index + 2 < len(tokens) else ""
            if around != ["name", "name"] or after not in ("(", "::"):
                raise Unreadable(":: outside of the name of a function", token.position)
    return tokens


def _main(scan: _Scan) -> None:
    """Code, up to the end of the text; a string is read by `_strings`."""
    while True:
        match = _MAIN.match(scan.text, scan.position)
        if match is None:
            raise Unreadable("not understood", scan.position)
        kind = str(match.lastgroup if match.lastgroup != "mark" else "heredoc")
        start, scan.position = match.start(kind), match.end()
        if kind == "end":
            return
        if kind == "quote":
            scan.enter('"', '"', start)
            _strings(scan)
        elif kind == "heredoc":
            scan.enter("<<", f"<<{match['mark']}", start)
            _strings(scan)
        elif kind == "open":
            scan.enter(match[kind], _CLOSES[match[kind]], start)
        elif kind == "close":
            _close(scan, match[kind], start)
        else:
            scan.tokens.append(Token(kind, match[kind], start))  # type: ignore[arg-type]


def _close(scan: _Scan, bracket: str, start: int) -> None:
    closing = scan.inside.pop() if scan.inside else ""
    if bracket != closing and not (bracket == "}" and closing == "}$"):
        raise Unreadable(f"{bracket} closes nothing", start)
    scan.add("close", bracket, start)
    if closing == "}$":
        _strings(scan)


def _strings(scan: _Scan) -> None:
    """The innermost string, up to its end or its next interpolation."""
    closing = scan.inside[-1]
    if closing == '"':
        _read(scan, _QUOTED, closing)
    elif closing == "template":
        _read(scan, _TEMPLATE, closing)
    else:
        _heredoc(scan, closing.removeprefix("<<"))


def _read(scan: _Scan, pattern: re.Pattern[str], closing: str) -> None:
    match = pattern.match(scan.text, scan.position)
    if match is None:
        raise Unreadable("a string is not closed", scan.position)
    if match[1]:
        scan.add("text", _value(match[1], escapes=closing == '"', position=scan.position), scan.position)
    scan.position = match.end()
    if match[2][:1] in ("$", "%"):
        _interpolate(scan, match)
    else:
        scan.inside.pop()
        scan.add("close", '"', match.start(2))


def _heredoc(scan: _Scan, mark: str) -> None:
    """The lines up to one that is only the mark. After an interpolation the rest of its line is text in any case."""
    is_line_start = scan.tokens[-1].text != "}"
    while match := _HEREDOC.match(scan.text, scan.position):
        if match[2] == "\n" and is_line_start and match[1].strip(_SPACES) == mark:
            scan.inside.pop()
            scan.add("close", '"', match.start(2))
            scan.position = match.start(2)  # the line break ends the argument
            return
        line = match[1] + ("\n" if match[2] == "\n" else "")
        if line:
            scan.add("text", _value(line, escapes=False, position=scan.position), match.start())
        scan.position, is_line_start = match.end(), True
        if match[2] != "\n":
            _interpolate(scan, match)
            return
    raise Unreadable("a heredoc is not closed", scan.position)


def _interpolate(scan: _Scan, match: re.Match[str]) -> None:
    scan.enter(match[2][:2], "}$", match.start(2))
    if match[2].endswith("~"):
        scan.add("sign", "~", match.end() - 1)


def _value(raw: str, *, escapes: bool, position: int) -> str:
    if "\\" not in raw and "{" not in raw:
        return raw
    return _ESCAPE.sub(lambda match: _unescaped(match, position, escapes=escapes), raw)


def _unescaped(match: re.Match[str], position: int, *, escapes: bool) -> str:
    simple, short, long, doubled, unknown = match.groups()
    if doubled:
        return str(doubled[0])
    if not escapes:
        return match[0]
    if unknown or (long and int(long, 16) > 0x10FFFF):
        raise Unreadable("an escape that Terraform does not know", position + match.start())
    return _SIMPLE[simple] if simple else chr(int(short or long, 16))
