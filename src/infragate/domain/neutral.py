"""Makes foreign text harmless: terminals, GitHub's runner and Markdown take some characters as orders.

Text loses what only hides or steers; JSON keeps it, escaped, so that a document is exact and nothing in it is live.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# In this order: C0 (but tab and newline), DEL, C1; then what is invisible or changes the order and the lines of a text:
# soft hyphen, Arabic letter mark, Mongolian separator, zero-width and bidirectional marks, line and paragraph separator,
# invisible operators, byte order mark, annotations, tags.
HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
_HIDDEN = re.compile(f"[{HIDDEN}]")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_PIECE = 2**20  # bytes
_WEB = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?(?:/[A-Za-z0-9/._~%+=&?#-]*)?")
_MARKUP = re.compile(r"[!#$&()*+<=>@\[\\\]^_`{|}~]")


def plain(text: str) -> str:
    """The text without terminal escapes, control characters and invisible ones."""
    if text.isprintable():  # nearly every text: it has none of them
        return text
    return _HIDDEN.sub("", _ESCAPE.sub("", text))


def without_commands(text: str) -> str:
    """The text with GitHub's log commands made inert (`::name::` at the start of a line, `##[name]` anywhere)."""
    if "::" not in text and "##[" not in text:
        return text
    lines = []
    for line in text.split("\n"):
        harmless = line.replace("::", ": :") if line.lstrip().startswith("::") else line
        lines.append(harmless.replace("##[", "## ["))
    return "\n".join(lines)


def json_document(document: bytes) -> bytes:
    """The JSON document in UTF-8 with the same value, and nothing in it that a terminal or a runner obeys."""
    return b"".join(json_pieces(document))


def json_pieces(document: bytes) -> Iterator[bytes]:
    """As `json_document`, in pieces of whole lines, about a megabyte each: as one text, Korean takes twice its size."""
    start = 0
    while start < len(document):
        end = document.find(b"\n", start + _PIECE) + 1 or len(document)
        piece, start = document[start:end], end
        if not piece.isascii() or b"\x7f" in piece:
            piece = _HIDDEN.sub(_escaped, piece.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
        yield piece.replace(b"##[", b"#\\u0023[")


def _escaped(match: re.Match[str]) -> str:
    """A character as JSON escapes it: one or two UTF-16 units."""
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[index : index + 2].hex()}" for index in range(0, len(units), 2))


def fenced(text: str, language: str = "text") -> str:
    """The text as a Markdown block of literal text: nothing in it is markup, a mention or HTML."""
    literal = plain(text)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", literal)), 3)
    return f"{fence}{language}\n{literal}\n{fence}"


def code(text: str) -> str:
    """The text as literal text in a line of Markdown, also in a cell of a table; "" if nothing of it can be seen.

    What `words` escapes becomes a mention or a link again where a forge looks for them after Markdown; not in code.
    """
    literal = without_commands(" ".join(plain(text).split()))
    literal = literal.replace("|", "\u00a6")  # a bar would end the cell
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", literal)), default=0))
    return f"{fence} {literal} {fence}" if literal else ""


def link(label: str, target: str) -> str:
    """A code span as a link, if the target is an address of the web that needs no escapes; else only the code span."""
    return f"[{code(label)}]({target})" if code(label) and is_web(target) else code(label)


def is_web(address: str) -> bool:
    """True for an https address that needs no escapes in Markdown, HTML and JSON."""
    return _WEB.fullmatch(address) is not None


def words(text: str) -> str:
    """Text in a line of Markdown, with everything escaped that could be markup, a mention or HTML."""
    return _MARKUP.sub(lambda match: f"&#{ord(match.group())};", " ".join(plain(text).split()))
