"""Does one key policy allow more than another? Decides whether a KMS setting would be weakened.

Conservative: a statement that is not clearly covered counts as broader; a person then resolves the refusal.
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
    current: Mapping[str, Any], standard: Mapping[str, Any], *, known: Collection[Statement] = ()
) -> tuple[str, ...]:
    """Why replacing the policy `current` by `standard` would give more access; empty if it would not.

    Args:
        known: statements that may be added although no current one covers them.
    """
    before, after = _statements(current), _statements(standard)
    allowed = {_same(statement) for statement in known}
    reasons = [
        f"statement {_named(statement)} allows more than the key does now"
        for statement in after
        if statement.get("Effect") == "Allow"
        and _same(statement) not in allowed
        and not any(_covers(other, statement) for other in before)
    ]
    kept = {_same(statement) for statement in after}
    reasons += [
        f"statement {_named(statement)} is a Deny and would be removed"
        for statement in before
        if statement.get("Effect") == "Deny" and _same(statement) not in kept
    ]
    return tuple(reasons)


def _covers(wide: Statement, narrow: Statement) -> bool:
    """True if `wide` allows everything that `narrow` allows."""
    if wide.get("Effect") != "Allow":
        return False
    if any(key in statement for statement in (wide, narrow) for key in ("NotAction", "NotPrincipal", "NotResource")):
        return _same(wide) == _same(narrow)
    return (
        all(_in_principals(principal, _principals(wide)) for principal in _principals(narrow))
        and all(_matched(name.lower(), map(str.lower, _listed(wide["Action"]))) for name in _listed(narrow["Action"]))
        and all(_matched(arn, _listed(wide.get("Resource", "*"))) for arn in _listed(narrow.get("Resource", "*")))
        and _no_looser(wide.get("Condition", {}), narrow.get("Condition", {}))
    )


def _no_looser(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> bool:
    """True if `narrow` has every condition of `wide`, with the same values or fewer."""
    for operator, tests in wide.items():
        for key, values in tests.items():
            narrower = narrow.get(operator, {}).get(key)
            if narrower is None:
                return False
            inner, outer = set(map(str, _listed(narrower))), set(map(str, _listed(values)))
            if inner != outer and not (operator in _ALTERNATIVES and inner <= outer):
                return False
    return True


def _principals(statement: Statement) -> list[str]:
    principal = statement.get("Principal", {})
    if isinstance(principal, str):
        return [principal]
    return [f"{kind}:{value}" for kind, values in principal.items() for value in _listed(values)]


def _in_principals(principal: str, wide: Collection[str]) -> bool:
    """An account (its number, or its root) includes everybody in it."""
    if principal in wide or "*" in wide or "AWS:*" in wide:
        return True
    if not principal.startswith("AWS:"):
        return False
    account = _account(principal)
    return any(_account(other) == account and (other.endswith(":root") or other[4:].isdigit()) for other in wide)


def _account(principal: str) -> str:
    value = principal.removeprefix("AWS:")
    return value if value.isdigit() else (value.split(":") + [""] * 5)[4]


def _matched(value: str, patterns: Iterable[str]) -> bool:
    """True if a pattern covers the value, which may be a pattern itself; a `?` does not cover a `*`."""
    return any(
        pattern == value or (fnmatchcase(value, pattern.replace("[", "[[]")) and not ("*" in value and "?" in pattern))
        for pattern in patterns
    )


def _statements(document: Mapping[str, Any]) -> list[Statement]:
    return [dict(statement) for statement in _listed(document.get("Statement", []))]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _same(statement: Statement) -> str:
    """A canonical form: equal for statements that mean the same."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(entry) for key, entry in sorted(value.items())}
        return sorted(
            json.dumps(plain(entry)) if isinstance(entry, Mapping) else str(entry) for entry in _listed(value)
        )

    return json.dumps(plain({key: value for key, value in statement.items() if key != "Sid"}), sort_keys=True)


def _named(statement: Statement) -> str:
    return str(statement.get("Sid") or "without Sid")
