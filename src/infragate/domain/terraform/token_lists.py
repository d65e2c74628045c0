"""Parts of expressions, as lists of tokens: brackets, lists, signs outside of brackets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infragate.domain.terraform.code_tokens import Token, Unreadable

Tokens = Sequence[Token]


def matching(tokens: Tokens, opening: int) -> int:
    """The index of the token that closes the one at `opening`."""
    depth = 0
    for index in range(opening, len(tokens)):
        kind = tokens[index].kind
        depth += (kind == "open") - (kind == "close")
        if depth == 0:
            return index
    raise Unreadable("a bracket is not closed", tokens[opening].position)


def bare(tokens: Tokens) -> Tokens:
    """Without line breaks and brackets around it."""
    begin, end = 0, len(tokens)
    while begin < end and tokens[begin].kind == "line":
        begin += 1
    while end > begin and tokens[end - 1].kind == "line":
        end -= 1
    tokens = tokens[begin:end]
    if tokens and tokens[0].text == "(" and matching(tokens, 0) == len(tokens) - 1:
        return bare(tokens[1:-1])
    return tokens


def at_depth(tokens: Tokens, text: str, start: int) -> int:
    """The index of a sign or name outside of brackets; the length if there is none."""
    depth = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        if depth == 0 and token.text == text and token.kind in ("sign", "name", "line"):
            return index
        depth += (token.kind == "open") - (token.kind == "close")
    return len(tokens)


def split(tokens: Tokens, *signs: str) -> list[Tokens]:
    parts, start = [], 0
    for index in _splits(tokens, signs):
        parts.append(tokens[start:index])
        start = index + 1
    return [*parts, tokens[start:]] if tokens[start:] else parts


def _splits(tokens: Tokens, signs: Sequence[str]) -> Iterator[int]:
    depth = 0
    for index, token in enumerate(tokens):
        if depth == 0 and token.kind in ("sign", "line") and token.text.strip("\r") in signs:
            yield index
        depth += (token.kind == "open") - (token.kind == "close")
