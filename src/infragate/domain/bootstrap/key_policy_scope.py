"""Whether one key policy allows what another does not: the question behind "a KMS setting is never weakened".

Cautious on purpose. What is not plainly covered counts as broader; the price is a refusal that a person resolves.
Source: AWS KMS developer guide, 'Key policies'; IAM user guide, 'IAM JSON policy elements reference'.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Statement = Mapping[str, Any]

# Operators whose values are alternatives: a statement that lists fewer of them allows less.
_ALTERNATIVES = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")


def broadened(
    found: Mapping[str, Any], standard: Mapping[str, Any], *, known: Collection[Statement] = ()
) -> tuple[str, ...]:
    """Why `standard` in the place of `found` would open the key, one sentence for each reason; empty when it does not.

    Args:
        found, standard: policy documents.
        known: statements that may be added although nothing covers them.
    """
    before, after = _statements(found), _statements(standard)
    allowed = {_same(statement) for statement in known}
    reasons = [
        f"statement {_named(statement)} allows what the key does not allow now"
        for statement in after
        if statement.get("Effect") == "Allow"
        and _same(statement) not in allowed
        and not any(_covers(other, statement) for other in before)
    ]
    kept = {_same(statement) for statement in after}
    reasons += [
        f"statement {_named(statement)} forbids something and would go"
        for statement in before
        if statement.get("Effect") == "Deny" and _same(statement) not in kept
    ]
    return tuple(reasons)


def _covers(wide: Statement, narrow: Statement) -> bool:
    """Whether all that `narrow` allows is allowed by `wide` already."""
    if wide.get("Effect") != "Allow":
        return False
    if any(key in statement for statement in (wide, narrow) for key in ("NotAction", "NotPrincipal", "NotResource")):
        return _same(wide) == _same(narrow)
    return (
        all(_in_principals(one, _principals(wide)) for one in _principals(narrow))
        and all(_matched(one.lower(), map(str.lower, _listed(wide["Action"]))) for one in _listed(narrow["Action"]))
        and all(_matched(one, _listed(wide.get("Resource", "*"))) for one in _listed(narrow.get("Resource", "*")))
        and _no_looser(wide.get("Condition", {}), narrow.get("Condition", {}))
    )


def _no_looser(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> bool:
    """Every condition of `wide` stands in `narrow` too, with the same values or fewer."""
    for operator, tests in wide.items():
        for key, values in tests.items():
            given = narrow.get(operator, {}).get(key)
            if given is None:
                return False
            ours, theirs = set(map(str, _listed(given))), set(map(str, _listed(values)))
            if ours != theirs and not (operator in _ALTERNATIVES and ours <= theirs):
                return False
    return True


def _principals(statement: Statement) -> list[str]:
    principal = statement.get("Principal", {})
    if isinstance(principal, str):
        return [principal]
    return [f"{kind}:{value}" for kind, values in principal.items() for value in _listed(values)]


def _in_principals(one: str, wide: Collection[str]) -> bool:
    """An account (its number, or its root) stands for everybody in it."""
    if one in wide or "*" in wide or "AWS:*" in wide:
        return True
    if not one.startswith("AWS:"):
        return False
    account = _account(one)
    return any(_account(other) == account and (other.endswith(":root") or other[4:].isdigit()) for other in wide)


def _account(principal: str) -> str:
    value = principal.removeprefix("AWS:")
    return value if value.isdigit() else (value.split(":") + [""] * 5)[4]


def _matched(one: str, patterns: Iterable[str]) -> bool:
    """A pattern itself may be covered, but no `?` stands for its `*`."""
    return any(
        pattern == one or (fnmatchcase(one, pattern.replace("[", "[[]")) and not ("*" in one and "?" in pattern))
        for pattern in patterns
    )


def _statements(document: Mapping[str, Any]) -> list[Statement]:
    return [dict(statement) for statement in _listed(document.get("Statement", []))]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _same(statement: Statement) -> str:
    """A form that is equal for statements that mean the same."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(entry) for key, entry in sorted(value.items())}
        return sorted(
            json.dumps(plain(entry)) if isinstance(entry, Mapping) else str(entry) for entry in _listed(value)
        )

    return json.dumps(plain({key: value for key, value in statement.items() if key != "Sid"}), sort_keys=True)


def _named(statement: Statement) -> str:
    return str(statement.get("Sid") or "without Sid")
