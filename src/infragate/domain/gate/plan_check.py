"""Whether a plan is complete enough to be judged: engines find no faults in a part that is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infragate.domain.finding import Finding, Severity
from infragate.domain.plan_json import untrusted

SOURCE = "plan"


def findings(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What is missing in a plan's JSON that `infragate.domain.plan.read` has accepted."""
    return (*_configuration(document), *_values(document), *_partial(document))


def managed(document: Mapping[str, Any]) -> frozenset[str]:
    """The addresses of the managed resources that the plan leaves, in all modules.

    Raises:
        ToolFailed: modules or resources are no lists: engines would see none.
    """
    return frozenset(str(resource.get("address")) for resource in _managed(document))


def types(document: Mapping[str, Any]) -> frozenset[str]:
    """The types of these resources."""
    return frozenset(str(resource.get("type")) for resource in _managed(document))


def unjudged() -> Finding:
    """None of the required checks can judge it."""
    return _finding(
        "unjudged",
        "no required check can judge this plan without its code",
        "plan in the repository itself, or require a check of the plan in policy/gate.yaml",
    )


def _configuration(document: Mapping[str, Any]) -> Iterator[Finding]:
    configuration = document.get("configuration")
    if not isinstance(configuration, dict) or not isinstance(configuration.get("root_module"), dict):
        yield _finding(
            "no-configuration",
            "the plan's JSON has no `configuration`: rules about modules, providers and regions cannot be judged",
            "give the whole output of `terraform show -json`",
        )


def _values(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Most engines judge `planned_values`, and take a plan without them for an empty one."""
    left = managed(document)
    silent = [
        entry.get("address")
        for entry in document.get("resource_changes") or ()
        if isinstance(entry, dict) and entry.get("mode", "managed") == "managed" and _leaves(entry)
    ]
    if missing := [address for address in silent if address not in left]:
        yield _finding(
            "no-values",
            f"the plan's JSON has no `planned_values` for {len(missing)} resources: what they will be cannot be judged",
            "give the whole output of `terraform show -json`",
        )


def _leaves(entry: Mapping[str, Any]) -> bool:
    """True if the resource is there after the plan."""
    change = entry.get("change")
    actions = change.get("actions") if isinstance(change, dict) else None
    if entry.get("deposed") or not isinstance(actions, list):
        return False
    return "create" in actions or not {"delete", "forget"} & set(actions)


def _partial(document: Mapping[str, Any]) -> Iterator[Finding]:
    changed = {
        entry.get("address") for entry in document.get("resource_changes") or () if isinstance(entry, dict)
    }  # every resource has an entry, unchanged ones too
    silent = sorted(managed(document) - changed)
    if silent and not changed:
        yield _finding(
            "no-changes",
            "the plan's JSON has no `resource_changes`: what it would do cannot be judged",
            "give the whole output of `terraform show -json`",
        )
    elif document.get("complete") is False or silent:
        left_out = f" ({len(silent)} resources are left out)" if silent else ""
        yield _finding(
            "partial",
            f"the plan is only a part of the change, as with --target{left_out}",
            "plan without --target, or have it approved",
            approvals=1,
        )


def _finding(kind: str, message: str, fix: str, approvals: int = 0) -> Finding:
    return Finding(
        id=f"{SOURCE}/{kind}",
        source=SOURCE,
        message=message,
        severity=Severity.CRITICAL,  # it counts whatever severity blocks
        fix=fix,
        approvals=approvals,
    )


def _managed(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    values = document.get("planned_values")
    modules: list[Any] = [values.get("root_module")] if isinstance(values, dict) else []
    while modules:
        module = modules.pop()
        if not isinstance(module, dict):
            continue
        for resource in _listed(module, "resources"):
            if isinstance(resource, dict) and resource.get("mode") == "managed":
                yield resource
        modules.extend(_listed(module, "child_modules"))


def _listed(module: Mapping[str, Any], key: str) -> list[Any]:
    value = module.get(key)
    if not isinstance(value, (list, type(None))):
        raise untrusted(f"unexpected shape: `{key}` is a {type(value).__name__}, not a list")
    return value or []
