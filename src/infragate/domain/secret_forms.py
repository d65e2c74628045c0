"""How a secret may be written: encoded, escaped, reversed, in another case, over several lines or in parts.

Texts and secrets are compared in one canonical form, which has no difference of case, line breaks, indentation, quotes,
commas and escapes. So a form needs no entry of its own for each way to wrap, quote or nest it.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from itertools import compress, pairwise
from urllib.parse import quote, quote_plus

from infragate.domain.neutral import plain

SHORTEST = 8  # characters; a shorter value would hide ordinary words too
_WHOLE = 8192  # a longer value is known by its parts
_LONGEST = 65536
_PART, _STEP = 24, 20  # parts overlap, so that no character of their base64 is between them
_END = 12  # a text that was cut may hold only the begin or the end of a token

_DROPPED = bytes(range(0x21)) + b"\x7f\"',\\"
_LOWER = bytes(range(256)).lower()
_KEPT = bytes(byte not in _DROPPED for byte in range(256))
_BLOCK = 1024
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# What is dropped and takes more than one byte: invisible characters and Terraform's frame, as UTF-8 and as JSON writes them.
_INVISIBLE = re.compile(
    rb"\xc2[\x80-\x9f\xad]|\xd8\x9c|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xe2\x94\x82|\xef\xbb\xbf"
    rb"|\xef\xbf[\xb9-\xbb]|\xf3\xa0[\x80\x81][\x80-\xbf]"
    rb"|\\u(?:00(?:[01][0-9a-fA-F]|7[fF]|[89][0-9a-fA-F]|[aA][dD])|061[cC]|180[eE]|20(?:0[bBcCdDeEfF]|2[89aAbBcCdDeE]|6[0-9a-fA-F])"
    rb"|[fF][eE][fF][fF]|[fF][fF][fF][9abAB])"
)
_ARMOR = re.compile(r"-{3,}|#!|-----(?:BEGIN|END) [A-Z ]+-----")


def blanked(data: bytes) -> bytes:
    """The data, of the same length, with spaces for escaped line breaks and for what is invisible."""
    for escape in (b"\\n", b"\\r", b"\\t"):
        data = data.replace(escape, b"  ")
    if data.isascii() and b"\\u" not in data:
        return data
    return _INVISIBLE.sub(lambda match: b" " * len(match.group()), data)


def canonical(data_blanked: bytes) -> bytes:
    """The bytes that are compared."""
    return data_blanked.translate(_LOWER, _DROPPED)


def places(data_blanked: bytes, offsets: list[int]) -> Iterator[int]:
    """For offsets in the canonical form, in ascending order, the offsets in the data itself."""
    wanted, begin = iter(offsets), 0
    target = next(wanted, None)
    for start in range(0, len(data_blanked), _BLOCK):
        block = data_blanked[start : start + _BLOCK]
        end = begin + len(block.translate(None, _DROPPED))
        if target is not None and target < end:
            kept = list(compress(range(len(block)), map(_KEPT.__getitem__, block)))
            while target is not None and target < end:
                yield start + kept[target - begin]
                target = next(wanted, None)
        if target is None:
            return
        begin = end


def forms(secret: str) -> Iterator[bytes]:
    """The canonical forms of a secret and of its parts."""
    for part in _parts(secret[:_LONGEST]):
        for spelling in _spellings(part):
            without_escapes = blanked(spelling)
            yield from _compared(without_escapes)
            if without_escapes != spelling:  # a backslash and an n may be two letters
                yield from _compared(spelling)


def _compared(spelling: bytes) -> Iterator[bytes]:
    form = canonical(spelling)
    if len(form) >= SHORTEST:
        yield form


def verbatim(secret: str) -> set[bytes]:
    """A secret that is mostly blanks and quotes has no canonical form: as it is, and as JSON."""
    data = secret.encode("utf-8", "surrogatepass")
    if len(canonical(blanked(data))) >= SHORTEST:
        return set()
    escaped = {json.dumps(secret, ensure_ascii=only)[1:-1].encode("utf-8", "surrogatepass") for only in (True, False)}
    return escaped if b'"' in data else {data, *escaped}  # a bare quote would match the syntax of a document


def _parts(secret: str) -> Iterator[str]:
    lines = [line.strip() for line in secret.splitlines()]
    if len(secret) <= _WHOLE:
        yield secret
    for line in lines if len(lines) > 1 else ():
        if SHORTEST <= len(line) <= _WHOLE and not _ARMOR.match(line):
            yield line
    for line in lines:
        if len(line) > _WHOLE or (len(line) > 2 * _PART and _is_dense(line)):
            yield from (line[begin : begin + _PART] for begin in range(0, len(line) - _PART, _STEP))
            yield line[-_PART:]
        if len(line) >= _PART and _is_dense(line):
            yield from (line[:_END], line[-_END:])


def _is_dense(line: str) -> bool:
    """True for a random token, such as a key; false for words, names and addresses, whose parts are not secret."""
    kinds = ["aA0"[letter.isupper() + 2 * letter.isdigit()] if letter.isalnum() else "-" for letter in line]
    return re.fullmatch(r"[\w+/=-]+", line) is not None and sum(a != b for a, b in pairwise(kinds)) * 5 >= len(line)


def _spellings(part: str) -> Iterator[bytes]:
    escaped = json.dumps(part)[1:-1]
    go = re.sub("[<>&]", lambda match: f"\\u{ord(match.group()):04x}", json.dumps(part, ensure_ascii=False)[1:-1])
    hcl = part.replace("${", "$${").replace("%{", "%%{")
    cased = (
        () if part.isascii() else (part.lower(), part.upper(), part.swapcase())
    )  # the canonical form knows ASCII only
    for text in dict.fromkeys((part, plain(part), escaped, go, hcl, *cased)):
        data = text.encode("utf-8", "surrogatepass")
        yield from (data, text[::-1].encode("utf-8", "surrogatepass"), data.hex().encode())
        yield from _base64(data)
    whole = part.encode("utf-8", "surrogatepass")
    yield from (quote(whole, safe="").encode(), quote(whole).encode(), quote_plus(whole).encode())
    yield "".join(f"%{byte:02x}" for byte in whole).encode()


def _base64(data: bytes) -> Iterator[bytes]:
    """Its base64; and for each offset in a longer text, the part that does not depend on the bytes around it."""
    yield from _both_alphabets(b64encode(data))
    for offset, first in ((0, 0), (1, 2), (2, 3)):
        yield from _both_alphabets(b64encode(bytes(offset) + data)[first : (offset + len(data)) * 8 // 6])


def _both_alphabets(encoded: bytes) -> Iterator[bytes]:
    yield encoded
    if b"+" in encoded or b"/" in encoded:
        yield encoded.translate(_URL_SAFE)
