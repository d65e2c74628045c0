"""What the code of an attribute refers to, followed through modules: the `configuration` part of a plan's JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.plan_configuration import without_indices


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value comes from; addresses without indices.

    Attributes:
        unclear: also from a local value, whose expression a plan does not have.
    """

    data: frozenset[str] = frozenset()
    managed: frozenset[str] = frozenset()
    unclear: bool = False

    def __or__(self, other: Origin) -> Origin:
        return Origin(
            data=self.data | other.data, managed=self.managed | other.managed, unclear=self.unclear or other.unclear
        )


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class _Module:
    """A module's code, the prefix of its addresses, and the module and call that it is called from."""

    code: Mapping[str, Any]
    prefix: str = ""
    caller: _Module | None = None
    call: Any = None


class Expressions:
    """The expressions of a plan's configuration."""

    def __init__(self, configuration: Any) -> None:
        self._modules: dict[str, _Module] = {}
        self._resources: dict[str, tuple[_Module, Mapping[str, Any]]] = {}
        todo = [_Module(_object(_object(configuration).get("root_module")))]
        while todo:
            module = todo.pop()
            self._modules[module.prefix] = module
            for resource in _list(module.code.get("resources")):
                self._resources[f"{module.prefix}{_object(resource).get('address')}"] = (module, _object(resource))
            for name, call in _object(module.code.get("module_calls")).items():
                code = _object(_object(call).get("module"))
                todo.append(_Module(code, f"{module.prefix}module.{name}.", module, call))

    def arguments(self, address: str) -> frozenset[str]:
        """The arguments and blocks that the code of a resource sets."""
        _, resource = self._resources.get(without_indices(address), (None, {}))
        return frozenset(_object(resource.get("expressions")))

    def of(self, address: str, attribute: str) -> Origin:
        """Where the value of an attribute comes from."""
        module, resource = self._resources.get(without_indices(address), (None, {}))
        if module is None:
            return NOWHERE
        expression = _object(resource.get("expressions")).get(attribute)
        return self._followed(expression, module, resource, frozenset())

    def of_instances(self, address: str) -> Origin:
        """Where `count` or `for_each` of a resource, and of the modules around it, come from."""
        holder, repeated = self._resources.get(without_indices(address), (None, {}))
        origin = NOWHERE
        while holder is not None:
            for name in ("for_each_expression", "count_expression"):
                origin |= self._followed(repeated.get(name), holder, {}, frozenset())
            repeated = _object(holder.call)
            holder = holder.caller
        return origin

    def of_output(self, name: str) -> Origin:
        """Where the value of an output of the root comes from."""
        root = self._modules[""]
        return self._followed(_object(_object(root.code.get("outputs")).get(name)), root, {}, frozenset())

    def _followed(
        self, expression: Any, module: _Module, repeated: Mapping[str, Any], seen: frozenset[tuple[str, str]]
    ) -> Origin:
        """Where an expression of a module leads.

        Args:
            repeated: the resource or call that has it, for `each` and `count`.
            seen: what was followed on the way here.
        """
        origin = NOWHERE
        for reference in _longest(set(_references(expression))):
            if (module.prefix, reference) not in seen:
                origin |= self._reference(reference, module, repeated, seen | {(module.prefix, reference)})
        return origin

    def _reference(
        self, reference: str, module: _Module, repeated: Mapping[str, Any], seen: frozenset[tuple[str, str]]
    ) -> Origin:
        kind, *rest = without_indices(reference).split(".")
        match kind, rest:
            case "local", _:
                return Origin(unclear=True)
            case "data", [type_, name, *_]:
                return Origin(data=frozenset([f"{module.prefix}data.{type_}.{name}"]))
            case "var", [name, *_]:
                if module.caller is None:
                    return NOWHERE
                expression = _object(_object(module.call).get("expressions")).get(name)
                return self._followed(expression, module.caller, _object(module.call), seen)
            case "module", [name, *output]:
                return self._output(self._modules.get(f"{module.prefix}module.{name}."), output[:1], seen)
            case (("each" | "count"), _):
                expressions = [repeated.get("for_each_expression"), repeated.get("count_expression")]
                return self._followed(expressions, module, {}, seen)
            case (("path" | "terraform" | "self"), _):
                return NOWHERE
            case type_, [name, *_]:
                return Origin(managed=frozenset([f"{module.prefix}{type_}.{name}"]))
        return NOWHERE

    def _output(self, module: _Module | None, names: list[str], seen: frozenset[tuple[str, str]]) -> Origin:
        """An output of a module, or all of them."""
        if module is None:
            return NOWHERE
        outputs = _object(module.code.get("outputs"))
        chosen = [outputs.get(name) for name in names] if names else list(outputs.values())
        return self._followed(chosen, module, {}, seen)


def _references(expression: Any) -> Iterator[str]:
    """All references in an expression, a block, or a list of them."""
    if isinstance(expression, dict):
        for key, value in expression.items():
            if key == "references":
                yield from (entry for entry in _list(value) if isinstance(entry, str))
            elif key != "constant_value":
                yield from _references(value)
    elif isinstance(expression, list):
        for value in expression:
            yield from _references(value)


def _longest(references: set[str]) -> Iterator[str]:
    """Without `module.a` where `module.a.name` is there too: Terraform names both for one reference."""
    for reference in sorted(references):
        if not any(other.startswith((f"{reference}.", f"{reference}[")) for other in references):
            yield reference


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
