"""AWS policy documents: compared without regard to order and spelling, and said in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")


def is_policy(document: Any) -> bool:
    """True for a document with statements that allow or deny."""
    return isinstance(document, dict) and any(
        isinstance(statement, dict) and "Effect" in statement for statement in _as_list(document.get("Statement"))
    )


def normal(document: Mapping[str, Any]) -> dict[str, Any]:
    """The policy with statements in a list, and sorted lists of actions, resources, principals and condition values.

    In all of them order has no meaning, and a list of one means the same as its only element.
    """
    return {**document, "Statement": [_statement(statement) for statement in _as_list(document["Statement"])]}


def _statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    ordered = {key: _ordered(statement[key]) for key in _LISTS if key in statement}
    people = {key: _each(statement[key]) for key in _PRINCIPALS if key in statement}
    conditions = statement.get("Condition")
    if isinstance(conditions, dict):
        people["Condition"] = {operator: _each(values) for operator, values in conditions.items()}
    return {**statement, **ordered, **people}


def _each(values: Any) -> Any:
    return {key: _ordered(value) for key, value in values.items()} if isinstance(values, dict) else values


def _ordered(value: Any) -> Any:
    texts = [_word(entry) for entry in _as_list(value)]
    if not all(isinstance(text, str) for text in texts):
        return value
    return texts[0] if len(texts) == 1 else sorted(set(texts))


def _word(value: Any) -> Any:
    """Policies may write true and 5 as "true" and "5"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def sentences(document: Mapping[str, Any]) -> list[str]:
    """What each statement says: `Allow s3:GetObject on arn:aws:s3:::b/* for AWS 111111111111 if StringEquals ...`."""
    return [
        " ".join(_words(statement)) for statement in _as_list(document.get("Statement")) if isinstance(statement, dict)
    ]


def _words(statement: Mapping[str, Any]) -> Iterator[str]:
    yield str(statement.get("Effect", ""))
    yield from (f"{before}{_joined(statement[key])}" for key, before in _PARTS if key in statement)
    for key, before in (("Principal", "for"), ("NotPrincipal", "for all but")):
        if key in statement:
            yield f"{before} {_principals(statement[key])}"
    conditions = statement.get("Condition")
    if isinstance(conditions, dict) and conditions:
        yield f"if {', '.join(f'{operator} {_condition(values)}' for operator, values in conditions.items())}"


_PARTS = (("Action", ""), ("NotAction", "all but "), ("Resource", "on "), ("NotResource", "on all but "))


def _joined(value: Any) -> str:
    return ", ".join(str(_word(entry)) for entry in _as_list(value))


def _principals(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{kind} {_joined(names)}" for kind, names in value.items())
    return _joined(value)


def _condition(values: Any) -> str:
    if not isinstance(values, dict):
        return str(values)
    return ", ".join(f"{key} = {_joined(value)}" for key, value in values.items())


def open_statements(document: Mapping[str, Any]) -> bool:
    """True if a statement allows every principal, without a condition."""
    return any(
        isinstance(statement, dict)
        and statement.get("Effect") == "Allow"
        and not statement.get("Condition")
        and _is_everybody(statement.get("Principal"))
        for statement in _as_list(document.get("Statement"))
    )


def _is_everybody(principal: Any) -> bool:
    names = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in _as_list(names)
