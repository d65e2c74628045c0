"""Removes secrets from output: by Terraform's `*_sensitive` masks and by known values.

The JSON of a plan contains every secret in clear text (one value up to 14 times), so values are hidden before they
reach a report.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ahocorasick_rs import BytesAhoCorasick

from infragate.domain import secret_forms

SENSITIVE = "(sensitive value)"
MASK = "***"
_Span = tuple[int, int]
_Search = tuple[BytesAhoCorasick, Sequence[bytes]]  # and the forms that it finds
_MASK = MASK.encode()
_LARGE = 65_536  # bytes of a text for which one search instead of several is worth while
_LONG = 20  # digits side by side that are no list of numbers
_SPLIT = re.compile(rb"[\n\r]|(?<!\\)\"")  # where a string ends, or a line
_RUN = re.compile(rb"(?:\\.|[^\s\"\\])+", re.DOTALL)
_PUNCTUATION = re.compile(rb"[],:[{}]+")
_DIGITS, _NUMBER = re.compile(rb'[0-9\s,:"\[\]{}]+'), re.compile(rb"[],:[{}]+|[0-9]*[],}]+")
_ESCAPE = re.compile(rb"\\+(?:u[0-9a-fA-F]{0,4})?\Z")


def redact(value: Any, mask: Any) -> Any:
    """Replace every part of `value` that `mask` marks.

    Args:
        mask: Terraform's mask: True hides all, False and None hide nothing, an object or a list marks parts. Any other
            shape hides all.
    """
    if mask is None or mask is False or (isinstance(mask, (dict, list)) and not mask):
        return value
    if isinstance(mask, dict) and isinstance(value, dict):
        return {key: redact(entry, mask[key]) if key in mask else entry for key, entry in value.items()}
    if isinstance(mask, list) and isinstance(value, list) and len(mask) <= len(value):
        padded = [*mask, *[None] * (len(value) - len(mask))]
        return [redact(entry, marked) for entry, marked in zip(value, padded, strict=True)]
    if value is None and not mask_marks_something(mask):
        return None
    return SENSITIVE


def mask_marks_something(mask: Any) -> bool:
    """True if the mask marks anything; an unknown shape counts as marked."""
    if isinstance(mask, dict):
        return any(map(mask_marks_something, mask.values()))
    if isinstance(mask, list):
        return any(map(mask_marks_something, mask))
    return mask is not None and mask is not False


class Masker:
    """Hides known secret values in texts, in every form of `secret_forms`.

    The more forms a search has, the longer it takes to build. So new forms get a search of their own, until it is as large as
    the one before it: many sessions side by side add their keys one after the other.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._forms: set[bytes] = set()
        self._verbatim: set[bytes] = set()  # of values that are mostly blanks and quotes
        self._fresh: set[bytes] = set()  # forms that no search has yet
        self._searches: tuple[_Search, ...] = ()  # the largest first
        self._changing = threading.Lock()
        for value in values:
            self.add(value)

    def add(self, value: str | None) -> None:
        """Hide this value; not one under 8 characters, which would hide ordinary words too."""
        if not value or len(value) < secret_forms.SHORTEST or value in self._values:
            return
        forms = set(secret_forms.forms(value))
        with self._changing:
            self._values.add(value)
            self._fresh |= forms - self._forms
            self._forms |= forms
            self._verbatim |= secret_forms.verbatim(value)

    def mask(self, text: str) -> str:
        """The text with every known secret replaced."""
        if not self._values or len(text) < secret_forms.SHORTEST:
            return text
        data = text.encode("utf-8", "surrogatepass")
        masked = self.mask_bytes(data)
        return text if masked is data else masked.decode("utf-8", "surrogatepass")

    def mask_bytes(self, data: bytes) -> bytes:
        """As `mask`, for UTF-8 bytes. JSON stays JSON: what is replaced is inside its strings."""
        for value in sorted(self._verbatim, key=len, reverse=True):
            data = data.replace(value, _MASK)
        blanked = secret_forms.blanked(data)
        canonical = secret_forms.canonical(blanked)
        matches = [
            (forms[index], start, end)
            for search, forms in self._ready(whole=len(data) > _LARGE)
            for index, start, end in search.find_matches_as_indexes(canonical, overlapping=True)
        ]
        if not matches:
            return data
        digits = {(start, end) for form, start, end in matches if end - start < _LONG and form.isdigit()}
        spans = {(start, end) for _, start, end in matches} - set(_apart(blanked, digits))
        edges = secret_forms.places(blanked, [edge for span in _merged(spans) for edge in span])
        parts, position = [], 0
        for first, last in zip(edges, edges, strict=True):
            begin = max(position, _whole_escape(data, first))
            parts += [data[position:begin], _hidden(data[begin : last + 1])]
            position = last + 1
        return b"".join([*parts, data[position:]])

    def _ready(self, *, whole: bool) -> tuple[_Search, ...]:
        """The searches that find all forms; one, for a large text."""
        if self._fresh or (whole and len(self._searches) > 1):
            with self._changing:
                fresh, searches = self._fresh, list(self._searches)
                while searches and (whole or len(searches[-1][1]) <= len(fresh)):
                    fresh = fresh.union(searches.pop()[1])
                forms = sorted(fresh)
                self._searches = (*searches, (BytesAhoCorasick(forms), forms))
                self._fresh = set()
        return self._searches


def _apart(blanked: bytes, spans: set[_Span]) -> Iterator[_Span]:
    """Spans of digits that are several numbers side by side, such as a list of ports."""
    edges = sorted({edge for start, end in spans for edge in (start, end - 1)})
    place = dict(zip(edges, secret_forms.places(blanked, edges), strict=True))
    return (span for span in spans if place[span[1] - 1] - place[span[0]] != span[1] - 1 - span[0])


def _merged(spans: Iterable[_Span]) -> Iterator[_Span]:
    """First and last offset of each group of spans that overlap, in ascending order."""
    begin = end = 0
    for start, stop in sorted(spans):
        if start >= end:
            if end:
                yield begin, end - 1
            begin = start
        end = max(end, stop)
    if end:
        yield begin, end - 1


def _whole_escape(data: bytes, start: int) -> int:
    """The start, or that of the JSON escape in which it lies."""
    window = data[max(0, start - 32) : start]
    return start - len(match.group()) if (match := _ESCAPE.search(window)) else start


def _hidden(found: bytes) -> bytes:
    """The mask; where the secret is in several strings or lines, a mask in each, and what is between them stays.

    A number of a JSON document that happens to be a part of it stays, too: a mask in place of a number is no JSON.
    """
    if not _SPLIT.search(found):
        return _MASK
    stays = _NUMBER if _DIGITS.fullmatch(found) else _PUNCTUATION
    return _RUN.sub(lambda run: run.group() if stays.fullmatch(run.group()) else _MASK, found)
