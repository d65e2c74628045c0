"""The small language inside IAM policies: wildcards, policy variables, condition operators. Pure.

Sources: AWS IAM user guide, "IAM JSON policy elements: Condition operators", "... Variables and tags",
"Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

ContextValue = str | Sequence[str] | None


class PolicyError(ValueError):
    """A policy document that AWS would refuse, or that this evaluator does not understand."""


def as_list(value: Any) -> list[Any]:
    """A value as a list: IAM allows a single value without brackets."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


# ---- patterns and variables --------------------------------------------------------------------------------------

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_Context = Mapping[str, ContextValue]


@lru_cache(maxsize=65536)
def _compiled(expression: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(rf"(?s:{expression})\Z", re.IGNORECASE if ignore_case else 0)


def _literal(text: str, wildcards: bool) -> str:
    if not wildcards:
        return re.escape(text)
    return "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in text)


@lru_cache(maxsize=65536)
def _without_variables(pattern: str, wildcards: bool, ignore_case: bool) -> re.Pattern[str]:
    return _compiled(_literal(pattern, wildcards), ignore_case)


def _variable(name: str, variables: _Context) -> str | None:
    """The text that replaces ``${name}``; None if it cannot be resolved: the element then does not match."""
    key, _, default = name.partition(",")
    if key in ("*", "?", "$"):
        return key
    value = variables.get(key.strip().lower())
    if value is None:
        return default.strip().strip("'") if default else None
    return value if isinstance(value, str) else None


def matches(
    pattern: str,
    value: str,
    variables: _Context | None = None,
    *,
    wildcards: bool = True,
    ignore_case: bool = False,
) -> bool:
    """``*`` is any run, ``?`` one character, ``${key}`` or ``${key, 'default'}`` a literal value from the context.

    ``variables`` None leaves ``${...}`` as plain text (policy language 2008-10-17).
    """
    if variables is None or "${" not in pattern:
        return bool(_without_variables(pattern, wildcards, ignore_case).match(value))
    parts, position = [], 0
    for variable in _VARIABLE.finditer(pattern):
        resolved = _variable(variable.group(1), variables)
        if resolved is None:
            return False
        parts += [_literal(pattern[position : variable.start()], wildcards), re.escape(resolved)]
        position = variable.end()
    parts.append(_literal(pattern[position:], wildcards))
    return bool(_compiled("".join(parts), ignore_case).match(value))


# ---- condition operators -----------------------------------------------------------------------------------------

_Test = Callable[[str, str, _Context | None], bool]


def _arn_like(pattern: str, value: str, variables: _Context | None) -> bool:
    if pattern == "*":
        return True
    expected, actual = pattern.split(":", 5), value.split(":", 5)
    if len(expected) != 6 or len(actual) != 6:
        return False
    return all(matches(part, other, variables) for part, other in zip(expected, actual, strict=True))


def _instant(text: str) -> float:
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(policy: Any, actual: Any) -> bool:
    return bool(actual in policy)


def _parsed(
    read_policy: Callable[[str], Any], read_value: Callable[[str], Any], test: Callable[[Any, Any], bool]
) -> _Test:
    """A comparison of parsed values. A malformed policy value is an error; a malformed request value does not match."""

    def compare(policy_value: str, value: str, _: _Context | None) -> bool:
        try:
            expected = read_policy(policy_value)
        except (ValueError, binascii.Error) as error:
            raise PolicyError(f"malformed condition value {policy_value!r}") from error
        try:
            actual = read_value(value)
        except (ValueError, binascii.Error):
            return False
        return test(expected, actual)

    return compare


def _network(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)


def _strings(*, wildcards: bool = False, ignore_case: bool = False) -> _Test:
    return lambda policy, value, variables: matches(
        policy, value, variables, wildcards=wildcards, ignore_case=ignore_case
    )


def _orders(read: Callable[[str], float]) -> dict[str, _Test]:
    return {
        "equals": _parsed(read, read, lambda expected, actual: actual == expected),
        "lessthan": _parsed(read, read, lambda expected, actual: actual < expected),
        "lessthanequals": _parsed(read, read, lambda expected, actual: actual <= expected),
        "greaterthan": _parsed(read, read, lambda expected, actual: actual > expected),
        "greaterthanequals": _parsed(read, read, lambda expected, actual: actual >= expected),
    }


_POSITIVE: dict[str, _Test] = {
    "stringequals": _strings(),
    "stringequalsignorecase": _strings(ignore_case=True),
    "stringlike": _strings(wildcards=True),
    "arnlike": _arn_like,
    "arnequals": _arn_like,  # documented to behave like ArnLike
    "ipaddress": _parsed(_network, ipaddress.ip_address, _in_network),
    "bool": lambda policy, value, _: policy.lower() == value.lower(),
    "binaryequals": _parsed(base64.b64decode, base64.b64decode, lambda expected, actual: expected == actual),
    **{f"numeric{name}": test for name, test in _orders(float).items()},
    **{f"date{name}": test for name, test in _orders(_instant).items()},
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotlike": "arnlike",
    "arnnotequals": "arnequals",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}


@dataclass(frozen=True, slots=True)
class _Operator:
    quantifier: str  # "", "forallvalues" or "foranyvalue"
    name: str
    if_exists: bool
    negated: bool


@lru_cache(maxsize=1024)
def _operator(text: str) -> _Operator:
    quantifier, _, base = text.lower().rpartition(":")
    if_exists = base.endswith("ifexists") and base != "null"
    name = base.removesuffix("ifexists") if if_exists else base
    known = name == "null" or name in _POSITIVE or name in _NEGATED
    if not known or quantifier not in ("", "forallvalues", "foranyvalue"):
        raise PolicyError(f"unknown condition operator {text}")
    return _Operator(quantifier, _NEGATED.get(name, name), if_exists, name in _NEGATED)


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _hit(test: _Test, expected: list[str], actual: str, variables: _Context | None) -> bool:
    """All policy values are tested even after a match, so that a malformed one always raises an error."""
    results = [test(value, actual, variables) for value in expected]
    return any(results)


def _key_holds(operator: _Operator, expected: list[str], actuals: list[str], variables: _Context | None) -> bool:
    """One operator on one context key; without ``actuals`` the key is absent."""
    if operator.name == "null":
        return any((value.lower() == "true") == (not actuals) for value in expected)
    # Negated operators require that no value matches; ForAllValues is true for an absent key.
    for_all = operator.quantifier == "forallvalues" or (operator.negated and not operator.quantifier)
    if not actuals:
        return for_all or operator.if_exists
    hits = [_hit(_POSITIVE[operator.name], expected, actual, variables) != operator.negated for actual in actuals]
    return all(hits) if for_all else any(hits)


def condition_holds(block: Mapping[str, Any] | None, context: _Context, *, variables: bool = True) -> bool:
    """All operators and all keys must hold; several values of one key are alternatives.

    ``context`` has lower-case keys. Raises PolicyError on an unknown operator or a malformed value.
    """
    results = []
    for operator_text, keys in (block or {}).items():
        operator = _operator(operator_text)
        if not isinstance(keys, Mapping):
            raise PolicyError(f"condition {operator_text} is not an object")
        for key, expected in keys.items():
            actuals = [_text(value) for value in as_list(context.get(key.lower()))]
            texts = [_text(value) for value in as_list(expected)]
            results.append(_key_holds(operator, texts, actuals, context if variables else None))
    return all(results)
