"""The strings that an expression can have, where the code alone decides them.

For the paths in calls of `file` and the like: known are literals, `path.*`, variables with their values, locals, `each`,
`for`, conditions and `fileset`. Everything else is unknown (None), and the judge of code refuses it.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import NamedTuple

from infragate.domain.terraform import token_lists
from infragate.domain.terraform.code_tokens import Token
from infragate.domain.terraform.token_lists import Tokens

DEEPEST = 24  # references followed
MOST = 2000  # strings of one expression
STEPS = 20_000  # of one expression
_WHOLE = re.compile(r"0|[1-9][0-9]{0,14}")
# Functions whose result has the elements, or is the value, of one of their arguments.
_PASSING = frozenset("toset tolist tomap sort distinct merge concat try coalesce flatten compact reverse".split())


class Piece(NamedTuple):
    """An expression and where it is written."""

    tokens: Tokens
    scope: Scope


@dataclass(frozen=True, slots=True)
class Elements:
    """What `each`, or the iterator of a dynamic block, can be."""

    keys: tuple[Piece, ...] | None
    values: tuple[Piece, ...] | None


@dataclass(slots=True)
class Budget:
    """How many steps are left."""

    left: int = STEPS


Binding = Elements | tuple[Piece, ...] | None
FilesIn = Callable[[str, str], tuple[str, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that an expression can use.

    Attributes:
        paths: of `path.module`, `path.root` and `path.cwd`; absolute.
        variables, local_values: the value of each `var.` and `local.`; None if it is not known.
        names: of `each`, `for` and dynamic blocks; they hide the others.
        files_in: the files that a `fileset` of a folder and pattern has; None if that is not known.
    """

    paths: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Piece | None] = field(default_factory=dict)
    local_values: Mapping[str, Tokens | None] = field(default_factory=dict)
    names: Mapping[str, Binding] = field(default_factory=dict)
    files_in: FilesIn = lambda _folder, _pattern: None
    budget: Budget = field(default_factory=Budget)

    def anew(self) -> Scope:
        """This scope for another expression."""
        return replace(self, budget=Budget())

    def naming(self, **names: Binding) -> Scope:
        """This scope with more names."""
        return replace(self, names={**self.names, **names})


def quoted(text: str) -> tuple[Token, ...]:
    """The expression of a string."""
    return (Token("open", '"', 0), Token("text", text, 0), Token("close", '"', 0))


def strings(tokens: Tokens, scope: Scope, depth: int = 0) -> frozenset[str] | None:
    """All strings that the expression can be; None if they are not known."""
    pieces = _pieces(tokens, scope, depth)
    if pieces is None:
        return None
    texts = _union(_string(piece, depth) for piece in pieces)
    return None if texts is None else frozenset(unicodedata.normalize("NFC", text) for text in texts)


def elements(tokens: Tokens, scope: Scope, depth: int = 0, *, numbered: bool = False) -> Elements:
    """What `each` is for this `for_each`.

    Args:
        numbered: the keys of a list are numbers; `for_each` takes none, in a set they are the items.
    """
    pieces = _pieces(tokens, scope, depth)
    keys, values = [], []
    for piece in pieces or ():
        parts = entries(piece, depth)
        if parts is None:
            return Elements(None, None)
        keys += [key for key, _ in parts]
        values += [value for _, value in parts]
    if pieces is None:
        return Elements(None, None)
    has_names = all(token_lists.bare(piece.tokens)[0].text == "{" for piece in pieces) or not numbered
    return Elements(tuple(keys) if has_names else None, tuple(values))


def for_scope(tokens: Tokens, opening: int, scope: Scope, depth: int = 0) -> tuple[Scope, int]:
    """The scope inside `[for ...]` or `{for ...}`, and the index of its `:`."""
    names, index = [], opening + 1
    while index < len(tokens) and tokens[index].text != "in":
        names += [tokens[index].text] if tokens[index].kind == "name" and tokens[index].text != "for" else []
        index += 1
    colon = token_lists.at_depth(tokens, ":", index)
    collection = elements(tokens[index + 1 : colon], scope, depth + 1, numbered=True)
    bound: dict[str, Binding] = dict.fromkeys(names)
    if names:
        bound[names[-1]] = collection.values
    if len(names) > 1:
        bound[names[0]] = collection.keys
    return scope.naming(**bound), colon


def arguments(tokens: Tokens, opening: int) -> list[Tokens]:
    """The arguments of a call whose bracket is at `opening`."""
    return token_lists.split(tokens[opening + 1 : token_lists.matching(tokens, opening)], ",")


def _pieces(tokens: Tokens, scope: Scope, depth: int) -> list[Piece] | None:
    """The literals and calls that the expression stands for; None if they are not known."""
    tokens = token_lists.bare(tokens)
    scope.budget.left -= 1
    if depth > DEEPEST or scope.budget.left < 0 or not tokens:
        return None
    question = token_lists.at_depth(tokens, "?", 0)
    if question < len(tokens):
        colon = token_lists.at_depth(tokens, ":", question)
        return _all(_pieces(part, scope, depth + 1) for part in (tokens[question + 1 : colon], tokens[colon + 1 :]))
    if tokens[0].kind != "name":
        return [Piece(tokens, scope)]
    if len(tokens) > 1 and tokens[1].text == "(":
        if token_lists.matching(tokens, 1) != len(tokens) - 1:
            return None
        if tokens[0].text in _PASSING:
            return _all(_pieces(part, scope, depth + 1) for part in arguments(tokens, 1))
        return [Piece(tokens, scope)]
    return _referenced(tokens, scope, depth)


def _referenced(tokens: Tokens, scope: Scope, depth: int) -> list[Piece] | None:
    steps = _steps(tokens)
    if steps is None:
        return None
    root, *rest = steps
    pieces: list[Piece] | None = None
    if root in scope.names:
        pieces, rest = _bound(scope.names[root], rest)
    elif root == "path" and len(rest) == 1 and rest[0] in scope.paths:
        pieces, rest = [Piece(quoted(scope.paths[rest[0]]), scope)], []
    elif root == "terraform" and rest == ["workspace"]:
        pieces, rest = [Piece(quoted("default"), scope)], []
    elif root == "var" and rest:
        value = scope.variables.get(rest[0])
        pieces, rest = None if value is None else _pieces(*value, depth + 1), rest[1:]
    elif root == "local" and rest:
        local = scope.local_values.get(rest[0])
        outer = replace(scope, names={})
        pieces, rest = None if local is None else _pieces(local, outer, depth + 1), rest[1:]
    for step in rest:
        pieces = None if pieces is None else _chosen(pieces, step, depth)
    return pieces


def _bound(binding: Binding, rest: list[str]) -> tuple[list[Piece] | None, list[str]]:
    if isinstance(binding, Elements):
        chosen = {"key": binding.keys, "value": binding.values}.get(rest[0] if rest else "")
        return None if chosen is None else list(chosen), rest[1:]
    return None if binding is None else list(binding), rest


def _steps(tokens: Tokens) -> list[str] | None:
    """`a.b["c"][0]` as a, b, c and "*" (any); None if it is no reference."""
    steps, index = [tokens[0].text], 1
    while index < len(tokens):
        token = tokens[index]
        if token.text == "." and index + 1 < len(tokens):
            steps.append(tokens[index + 1].text if tokens[index + 1].kind == "name" else "*")
            index += 2
        elif token.text == "[" and token.kind == "open":
            end = token_lists.matching(tokens, index)
            inner = tokens[index + 1 : end]
            is_text = len(inner) == 3 and inner[1].kind == "text"
            steps.append(inner[1].text if is_text else "*")
            index = end + 1
        else:
            return None
    return steps


def _chosen(pieces: Iterable[Piece], step: str, depth: int) -> list[Piece] | None:
    """The values of one key of all pieces; of each key, if it is not a plain one."""
    chosen: list[Piece] = []
    for piece in pieces:
        parts = entries(piece, depth)
        if parts is None:
            return None
        values = [value for key, value in parts if step == "*" or _may_be(key, step, depth)]
        inner = _all(_pieces(*value, depth + 1) for value in values)
        if not inner:  # the type of a variable may have a default for a missing key
            return None
        chosen += inner
    return chosen if len(chosen) <= MOST else None


def _may_be(key: Piece, name: str, depth: int) -> bool:
    names = strings(*key, depth + 1)
    return names is None or name in names


def entries(piece: Piece, depth: int = 0) -> list[tuple[Piece, Piece]] | None:
    """Keys and values of an object, list, set or `for`; the key of a list's item is the item."""
    tokens, scope = token_lists.bare(piece.tokens), piece.scope
    if tokens[0].text not in ("[", "{") or tokens[0].kind != "open":
        names = _string(piece, depth) if tokens[0].kind == "name" else None
        return None if names is None else [(Piece(quoted(name), scope),) * 2 for name in sorted(names)]
    if token_lists.matching(tokens, 0) != len(tokens) - 1 or depth > DEEPEST:
        return None
    if token_lists.bare(tokens[1:-1])[:1] and token_lists.bare(tokens[1:-1])[0].text == "for":
        return _for_entries(tokens, scope, depth)
    inside = tokens[1:-1]
    if tokens[0].text == "[":
        items = [part for part in token_lists.split(inside, ",") if token_lists.bare(part)]
        return [(Piece(item, scope),) * 2 for item in items]
    pairs = []
    for part in token_lists.split(inside, ",", "\n"):
        sign = min(token_lists.at_depth(part, "=", 0), token_lists.at_depth(part, ":", 0))
        if sign < len(part):
            pairs.append((Piece(_key(part[:sign]), scope), Piece(part[sign + 1 :], scope)))
    return pairs


def _for_entries(tokens: Tokens, scope: Scope, depth: int) -> list[tuple[Piece, Piece]] | None:
    inner, colon = for_scope(tokens, 0, scope, depth)
    body = tokens[colon + 1 : -1]
    body = body[: token_lists.at_depth(body, "if", 0)]
    if any(token.text == "..." for token in body) or depth > DEEPEST:
        return None
    arrow = token_lists.at_depth(body, "=>", 0)
    if arrow == len(body):
        return [(Piece(body, inner),) * 2]
    return [(Piece(body[:arrow], inner), Piece(body[arrow + 1 :], inner))]


def _key(tokens: Tokens) -> Tokens:
    """A bare name is the key itself."""
    tokens = token_lists.bare(tokens)
    return quoted(tokens[0].text) if len(tokens) == 1 and tokens[0].kind == "name" else tokens


def _string(piece: Piece, depth: int) -> frozenset[str] | None:
    tokens, scope = token_lists.bare(piece.tokens), piece.scope
    if not tokens or depth > DEEPEST:
        return None
    if tokens[0].kind == "number" and len(tokens) == 1:
        return frozenset((tokens[0].text,)) if _WHOLE.fullmatch(tokens[0].text) else None
    if tokens[0].text == '"' and tokens[0].kind == "open":
        return _template(tokens, scope, depth)
    if tokens[0].kind == "name" and len(tokens) > 1 and tokens[1].text == "(":
        return _called(tokens[0].text, arguments(tokens, 1), scope, depth)
    return None


def _called(function: str, given: list[Tokens], scope: Scope, depth: int) -> frozenset[str] | None:
    values = [strings(argument, scope, depth + 1) for argument in given]
    if function == "fileset" and len(values) == 2 and values[0] is not None and values[1] is not None:
        listed = [scope.files_in(folder, pattern) for folder, pattern in product(sorted(values[0]), sorted(values[1]))]
        return _union(None if names is None else frozenset(names) for names in listed)
    if len(values) != 1 or values[0] is None:
        return None
    if function in ("abspath", "tostring", "pathexpand"):
        return None if any(text.startswith("~") for text in values[0]) else values[0]
    change = {"basename": _base, "dirname": _folder}.get(function)
    return None if change is None else frozenset(change(text) for text in values[0])


def _base(path: str) -> str:
    """As Go's filepath.Base."""
    return (path.rstrip("/").rpartition("/")[2] or "/") if path else "."


def _folder(path: str) -> str:
    """As Go's filepath.Dir."""
    above = posixpath.normpath(path[: path.rfind("/") + 1])
    return "/" + above.lstrip("/") if above.startswith("/") else above


def _template(tokens: Tokens, scope: Scope, depth: int) -> frozenset[str] | None:
    if token_lists.matching(tokens, 0) != len(tokens) - 1:
        return None
    parts: list[frozenset[str]] = []
    index, count = 1, 1
    while index < len(tokens) - 1:
        token = tokens[index]
        if token.kind == "text":
            values: frozenset[str] | None = frozenset((token.text,))
        elif token.text == "${":
            end = token_lists.matching(tokens, index)
            trims = "~" in (tokens[index + 1].text, tokens[end - 1].text)
            values = None if trims else strings(tokens[index + 1 : end], scope, depth + 1)
            index = end
        else:
            return None
        count *= len(values or ())
        if values is None or count > MOST:
            return None
        parts.append(values)
        index += 1
    return frozenset("".join(texts) for texts in product(*parts))


def _all(parts: Iterable[list[Piece] | None]) -> list[Piece] | None:
    pieces: list[Piece] = []
    for part in parts:
        if part is None or len(pieces) + len(part) > MOST:
            return None
        pieces += part
    return pieces


def _union(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    texts: set[str] = set()
    for part in parts:
        if part is None or len(texts) + len(part) > MOST:
            return None
        texts |= part
    return frozenset(texts)
