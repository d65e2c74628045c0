"""The few attributes of a resource that a reviewer decides from, when it is created or destroyed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infragate.domain.key_attribute_table import ATTRIBUTES, CONTAINER
from infragate.domain.plan_fields import UNKNOWN
from infragate.domain.plan_json import document_in
from infragate.domain.policy_documents import is_policy, sentences
from infragate.domain.redaction import SENSITIVE

# Words of attribute names, for types that are in no table: the more telling, the earlier.
_WORDS = (
    "name bucket identifier title engine engine_version class size sku tier plan machine instance node_type kind type "
    "image ami package protocol port ports cidr source destination range ranges rule principal principals member members "
    "role action actions policy permissions public internal private schedule cron rate expression count desired min max "
    "capacity replicas number zone zones region location version runtime handler chart namespace memory cpu storage disk "
    "retention expiration encrypted protection enabled domain host endpoint url email value values content pattern"
).split()
_RANK = {word: rank for rank, word in enumerate(_WORDS)}
# Never telling: identities that AWS gives, labels, and what Terraform itself needs.
_LEFT_OUT = re.compile(
    r"^(?:id|arn|tags|tags_all|labels|effective_labels|terraform_labels|timeouts|region|etag|fingerprint|self_link)$|_arn$|_wo$"
)
_FALLBACK = 8
_LONG = 200  # characters of a text
_MANY = 40  # values inside one attribute


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """One attribute and its (redacted) value; policies are given as sentences, other documents without empty parts."""

    name: str
    value: Any


def key_attributes(
    kind: str, values: Any, unknown: Any = None, configured: frozenset[str] | None = None
) -> tuple[KeyAttribute, ...]:
    """The key attributes of a resource, in the order of the table.

    Args:
        values: redacted.
        unknown: Terraform's `after_unknown`.
        configured: what the code sets: it comes first for a type that is in no table, and only of it an unknown value
            is named.
    """
    if not isinstance(values, dict):
        return ()
    marks = unknown if isinstance(unknown, dict) else {}
    if kind in ATTRIBUTES:
        unknown_in_code = {name for name in configured or () if marks.get(name) is True}
        chosen = (_chosen(name, values, unknown_in_code) for name in ATTRIBUTES[kind])
        return tuple(attribute for attribute in chosen if attribute is not None)
    return tuple(_guessed(values, configured))


def _chosen(name: str, values: Mapping[str, Any], unknown: Collection[str]) -> KeyAttribute | None:
    top, *rest = name.split(".")
    value: Any = UNKNOWN if top in unknown else values.get(top)
    for key in rest if value != UNKNOWN else ():
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        value = value.get(key) if isinstance(value, dict) else None
    value = readable(value)
    return None if value in (None, [], {}, "") else KeyAttribute(name, value)


def _guessed(values: Mapping[str, Any], configured: frozenset[str] | None) -> Iterator[KeyAttribute]:
    """The most telling of the values that are set."""
    ranked = []
    for name, value in values.items():
        if value in (None, [], {}, "", SENSITIVE) or _LEFT_OUT.search(name):
            continue
        in_code = configured is None or name in configured
        ranked.append((not in_code, _rank(name), isinstance(value, (dict, list)), name))
    for *_, name in sorted(ranked)[:_FALLBACK]:
        value = readable(values[name])
        if value not in (None, [], {}, ""):
            yield KeyAttribute(name, value)


@cache
def _rank(name: str) -> int:
    return min((_RANK[word] for word in [name, *name.lower().split("_")] if word in _RANK), default=len(_RANK))


def readable(value: Any) -> Any:
    """A value without empty parts; a policy as sentences, what is too long as its size."""
    shown = _pruned(value)
    leaves = _leaves(shown)
    return f"({leaves} values)" if leaves > _MANY else shown


def _pruned(value: Any) -> Any:
    if isinstance(value, list):
        return [_pruned(entry) for entry in value]
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, dict):
        return value
    kept = CONTAINER if {"image", "name"} <= value.keys() else value.keys()
    pruned = {key: _pruned(entry) for key, entry in value.items() if key in kept}
    return {key: entry for key, entry in pruned.items() if entry not in (None, [], {}, "")}


def _text(value: str) -> Any:
    document = document_in(value)
    if document is None:
        return f"({len(value)} characters)" if len(value) > _LONG else value
    return sentences(document) if is_policy(document) else _pruned(document)


def _leaves(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 1 if inside is None else sum(map(_leaves, inside))
