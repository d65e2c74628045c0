"""The generated part of a file: what stands before and after its two mark lines is written by hand and stays."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The lines around a generated part."""

    begin: str
    end: str

    def fresh(self, part: str) -> str:
        """A new file with nothing else in it."""
        return f"{self._lines(part)}\n"

    def renewed(self, text: str, part: str) -> str | None:
        """The text with its generated part renewed; None unless each mark stands once, on a line of its own."""
        marks = [line for line in text.split("\n") if line.strip() in (self.begin, self.end)]
        if marks != [self.begin, self.end]:
            return None
        return self._pattern.sub(lambda _: self._lines(part), text)

    def after(self, text: str) -> str:
        """What is written by hand below the generated part."""
        match = self._pattern.search(text)
        return text[match.end() :] if match else ""

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(f"^{re.escape(self.begin)}\n.*?^{re.escape(self.end)}$", re.DOTALL | re.MULTILINE)

    def _lines(self, part: str) -> str:
        return f"{self.begin}\n{part.rstrip()}\n{self.end}"


LINES = Marks(begin="# made by inv render: begin", end="# made by inv render: end")
PAGE = Marks(begin="<!-- made by inv render: begin -->", end="<!-- made by inv render: end -->")
