"""One error or warning of Terraform, read from its `-json` output or from its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.finding import Finding, InputValue, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """The lines that a diagnostic is about.

    Attributes:
        context: the block they are in, such as `resource "aws_lb" "l"`; "" for none.
        line: number of the first one.
        start, end: the marked characters of `code`.
        values: what the expressions in it are, such as "var.size is 5"; Terraform hides sensitive ones.
    """

    context: str
    code: str
    line: int
    start: int
    end: int
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The lines with their numbers, and a mark below the first marked one."""
        shown, place = [], 0
        for number, text in enumerate(self.code.split("\n"), self.line):
            shown.append(f"{number:>6} | {text}")
            if place <= self.start <= place + len(text) and self.end > self.start:
                width = max(1, min(self.end, place + len(text)) - self.start)
                indent = re.sub(r"[^\t]", " ", text[: self.start - place])
                shown.append(f"       | {indent}{'^' * width}")
            place += len(text) + 1
        return "\n".join([*shown, *(f"       | {value}" for value in self.values)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One error or warning.

    Attributes:
        file: as Terraform names it, from its working folder; `places.located` makes it relative to the checkout's root.
        inputs: the variables that the place depends on, and where they get their values.
    """

    severity: str
    summary: str
    detail: str
    file: str | None = None
    line: int | None = None
    column: int = 0
    address: str | None = None
    snippet: Snippet | None = None
    inputs: tuple[InputValue, ...] = ()

    @property
    def of_argument(self) -> bool:
        """True if it points into a resource's block: the provider refuses an argument."""
        code = self.snippet.code.strip() if self.snippet else ""
        return bool(self.address and code and not _BLOCK.match(code))

    @property
    def of_condition(self) -> bool:
        """True if a condition in the code failed: its author wrote the message, not Terraform."""
        return _CONDITION.fullmatch(self.summary) is not None

    @property
    def text(self) -> str:
        """Summary and detail on one line: Terraform's text output is wrapped anywhere."""
        return " ".join(f"{self.summary} {self.detail}".split())

    @property
    def lines(self) -> str:
        """Summary and detail with their line ends."""
        return f"{self.summary}\n{self.detail}"

    @property
    def sentence(self) -> str:
        """The text, without what does not help here: Terraform's own flags are not those of the user."""
        detail = " ".join(_OWN_ADVICE.sub("", self.detail).split())
        return f"{self.summary.rstrip('.:')}: {detail}" if detail else self.summary

    @property
    def finding(self) -> Finding:
        return Finding(
            id=f"terraform/{self.severity}",
            source="terraform",
            severity=Severity.HIGH if self.severity == "error" else Severity.MEDIUM,
            message=self.sentence,
            address=self.address,
            file=self.file,
            line=self.line,
            snippet=str(self.snippet) if self.snippet else None,
            inputs=self.inputs,
        )


_BLOCK = re.compile(r"(resource|data|ephemeral|module|provider)\b")  # where the diagnostic of a refused API call points
_CONDITION = re.compile(
    r"(Resource (pre|post)condition|Module output value precondition) failed|Invalid value for variable"
)
_OWN_ADVICE = re.compile(
    r"Use a -var or -var-file command line argument[^.]*\.|To silence these warnings.*|To reduce the verbosity.*"
    r"|For more information.*|; for more information: \S+",
    re.DOTALL,
)
# Credentials in a URL, which Terraform repeats from the code; over https a user name alone may be a token.
_PASSWORD = re.compile(r"(https?:/)(/)[^/\s\"']+@|(://[^/\s:@\"']*):[^/\s\"']+@", re.IGNORECASE)
# Says only that there are other errors.
_CONSEQUENCE = re.compile(
    r"Terraform encountered problems during initialisation"
    r"|Unreadable module directory The directory could not be read for module"
)


def diagnostic(event: Mapping[str, Any]) -> Diagnostic | None:
    """The diagnostic in one line of `-json` output; None if it has none."""
    entry = event.get("diagnostic")
    return read(entry) if event.get("type") == "diagnostic" and isinstance(entry, Mapping) else None


def read(entry: Mapping[str, Any]) -> Diagnostic:
    """One entry of Terraform's JSON."""
    span, address = _mapping(entry.get("range")), entry.get("address")
    file, start = span.get("filename"), _mapping(span.get("start"))
    snippet = _snippet(_mapping(entry.get("snippet")))
    check = re.match(r'check "([^"]+)"', snippet.context) if snippet else None
    return Diagnostic(
        severity=str(entry.get("severity", "error")),
        summary=_clean(entry.get("summary", "")),
        detail=_clean(entry.get("detail", "")),
        file=str(file) if file else None,
        line=_number(start.get("line")),
        column=_number(start.get("column")) or 0,
        address=str(address) if address else f"check.{check[1]}" if check else None,
        snippet=snippet,
    )


def _snippet(entry: Mapping[str, Any]) -> Snippet | None:
    code, line = _clean(entry.get("code") or ""), _number(entry.get("start_line"))
    if not code:
        return None
    marked = (_number(entry.get(f"highlight_{side}_offset")) or 0 for side in ("start", "end"))
    start, end = (len(code.encode()[:offset].decode(errors="ignore")) for offset in marked)
    values = entry.get("values")
    return Snippet(
        context=_clean(entry.get("context") or ""),
        code=code,
        line=line or 1,
        start=start,
        end=end,
        values=tuple(
            f"{_clean(value.get('traversal', ''))} {_clean(value.get('statement', ''))}"
            for value in (values if isinstance(values, list) else ())
            if isinstance(value, Mapping)
        ),
    )


def _clean(text: object) -> str:
    return _PASSWORD.sub(lambda match: "".join([match[1] or match[3], match[2] or ":", "***@"]), str(text))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


_ENTRY = re.compile(r"^(Error|Warning): ", re.MULTILINE)
_FRAME = re.compile(r"^[│╷╵|]\s?", re.MULTILINE)
_PLACE = re.compile(r"^\s+on (\S.*?) line (\d+)(?:, in (.*?))?:\n((?:\s+\d+: .*\n?)*)", re.MULTILINE)
_WITH = re.compile(r"^\s+with (\S+),\n", re.MULTILINE)


def from_text(text: str) -> tuple[Diagnostic, ...]:
    """The diagnostics of Terraform's text output (`get` has no other; `init` can fail before it switches to `-json`)."""
    plain = _FRAME.sub("", re.sub(r"\x1b\[[0-9;]*m", "", text))
    starts = [match.start() for match in _ENTRY.finditer(plain)]
    ends = [*starts[1:], len(plain)][: len(starts)]
    return tuple(_entry(plain[start:end]) for start, end in zip(starts, ends, strict=True))


def _entry(text: str) -> Diagnostic:
    head, _, body = text.partition("\n")
    severity, _, summary = head.partition(": ")
    address, place = _WITH.search(body), _PLACE.search(body)
    snippet = None
    if place and place[4].strip():
        numbered = [line.strip().partition(": ") for line in place[4].splitlines() if line.strip()]
        code = "\n".join(code for _, _, code in numbered)
        snippet = Snippet(context=_clean(place[3] or ""), code=_clean(code), line=int(numbered[0][0]), start=0, end=0)
    return Diagnostic(
        severity=severity.lower(),
        summary=_clean(summary.rstrip()),
        detail=_clean(_WITH.sub("", body.replace(place[0], "") if place else body).strip()),
        file=place[1] if place else None,
        line=int(place[2]) if place else None,
        address=address[1] if address else None,
        snippet=snippet,
    )


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each once: errors first, each kind in the order of file and line; those without a place at the end."""
    every = dict.fromkeys(diagnostics)
    telling = [entry for entry in every if not _CONSEQUENCE.match(entry.text)] or every
    return tuple(sorted(telling, key=_rank))


def _rank(entry: Diagnostic) -> tuple[bool, bool, str, int, int]:
    return (entry.severity != "error", entry.file is None, entry.file or "", entry.line or 0, entry.column)


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Only the errors."""
    return [entry for entry in diagnostics if entry.severity == "error"]


def warnings(diagnostics: Iterable[Diagnostic]) -> tuple[Finding, ...]:
    """Only the warnings, in order, each once."""
    return tuple(entry.finding for entry in in_order(diagnostics) if entry.severity == "warning")
