"""Which data sources give another answer to the same question than at the last apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.drift.expressions import Expressions
from infragate.domain.plan_configuration import without_indices
from infragate.domain.plan_fields import Field

_SHORTEST = 4  # characters of a text that says where it comes from
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAnswer:
    """The answers of one instance of a data source: at the last apply, and now. They may hold secrets."""

    before: Values
    after: Values

    def leads(self, field: Field) -> bool:
        """True if the answers by themselves explain both values: the one that a field has, and the one it would get."""
        return any(_turns(old, new, field) for old, new in _differing(self.before, self.after))


def changed(document: Mapping[str, Any], state: Mapping[str, Any], code: Expressions) -> dict[str, list[DataAnswer]]:
    """The answers that changed, by address without indices.

    The question is what the code sets. A data source whose code was changed as well is left out: the answer follows
    from the code then.

    Args:
        document: the plan, whose prior state has the present answers.
        state: the state of the last apply.
    """
    before = dict(_of_state(state))
    answers: dict[str, list[DataAnswer]] = {}
    for address, after in _of_plan(document):
        source, old = without_indices(address), before.get(address)
        if old is not None and _is_another_answer(old, after, code.arguments(address)):
            answers.setdefault(source, []).append(DataAnswer(before=old, after=after))
    return answers


def _is_another_answer(before: Values, after: Values, question: frozenset[str]) -> bool:
    names = before.keys() | after.keys()
    differing = {name for name in names if _something(before.get(name)) != _something(after.get(name))}
    gone = {name for name in differing - question if _something(after.get(name)) is None}  # perhaps from the code
    return bool(differing) and not differing & question and not gone


def _something(value: Any) -> Any:
    """The value; None for every kind of empty value."""
    return None if value in ("", [], {}) else value


def _of_state(state: Mapping[str, Any]) -> Iterator[tuple[str, Values]]:
    """Address and attributes of each data source in a state file."""
    for entry in state.get("resources") or ():
        if entry.get("mode") != "data":
            continue
        base = ".".join(part for part in (entry.get("module"), "data", entry["type"], entry["name"]) if part)
        for instance in entry.get("instances") or ():
            key = instance.get("index_key")
            index = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
            yield base + index, instance.get("attributes") or {}


def _of_plan(document: Mapping[str, Any]) -> Iterator[tuple[str, Values]]:
    return ((entry["address"], entry.get("values") or {}) for entry in prior(document) if entry.get("mode") == "data")


def prior(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The resources of a plan's prior state, data sources too: what is real now."""
    modules = [((document.get("prior_state") or {}).get("values") or {}).get("root_module") or {}]
    while modules:
        module = modules.pop()
        yield from module.get("resources") or ()
        modules += module.get("child_modules") or ()


def _differing(before: Any, after: Any) -> Iterator[tuple[Any, Any]]:
    """The texts and lists that differ, both sides of each."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() & after.keys():
            yield from _differing(before[key], after[key])
    elif before != after and type(before) is type(after) and isinstance(before, (str, list)):
        yield before, after


def _turns(old: Any, new: Any, field: Field) -> bool:
    """True if replacing the old answer by the new one turns the field's old value into its new value."""
    if isinstance(old, list):
        return bool(old) and (old, new) == (field.before, field.after)
    if not isinstance(field.before, str) or len(old) < _SHORTEST:
        return False
    return old in field.before and field.before.replace(old, new) == field.after
