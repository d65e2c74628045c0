"""What `policy/code.yaml` allows: providers and their arguments, data sources, functions; and its Waivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from infragate.domain.finding import Finding, Severity, Waiver

FILE = "policy/code.yaml"
BUILT_IN = "terraform.io/builtin/terraform"
_REGISTRY = "registry.terraform.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePolicy:
    """The rules for the code of a Stack.

    Attributes:
        file: where they are written, for messages.
        providers: the allowed ones by full source address, each with the arguments and blocks that its configuration
            may have.
        refused_data: types of data sources and ephemeral resources.
        refused_functions: names.
        path_arguments: by type of resource, the arguments that name a file on this machine.
    """

    file: str
    providers: Mapping[str, frozenset[str]]
    refused_data: frozenset[str]
    refused_functions: frozenset[str]
    path_arguments: Mapping[str, frozenset[str]]
    waivers: tuple[Waiver, ...] = ()

    def expired(self, findings: Sequence[Finding], *, environment: str | None, today: date) -> tuple[Finding, ...]:
        """A warning for each Waiver whose end has passed while its Finding is still there."""
        return tuple(
            Finding(
                id="code/waiver-expired",
                source="code",
                message=f"the waiver of {waiver.id} ended on {waiver.expires} and does not count (owner: {waiver.owner})",
                severity=Severity.MEDIUM,
                address=waiver.address,
                file=self.file,
                link=waiver.link,
                fix="correct the code, or ask its owner for a new end",
            )
            for waiver in self.waivers
            if waiver.expires < today
            and any(waiver.covers(finding, environment=environment, today=waiver.expires) for finding in findings)
        )


def policy(document: Mapping[str, Any], default: Mapping[str, Any], *, file: str) -> CodePolicy:
    """The policy of a document that matches its schema; a part that it leaves out is that of the default."""
    known = default["providers"]
    merged = {**default, **document}
    return CodePolicy(
        file=file,
        providers={
            address_of(name): frozenset((entry or {}).get("arguments", known.get(name, {}).get("arguments", ())))
            for name, entry in merged["providers"].items()
        },
        refused_data=frozenset(merged["data_sources"]["refused"]),
        refused_functions=frozenset(merged["functions"]["refused"]),
        path_arguments={name: frozenset(names) for name, names in merged["path_arguments"].items()},
        waivers=tuple(_waiver(entry) for entry in merged.get("waivers", ())),
    )


def _waiver(entry: Mapping[str, Any]) -> Waiver:
    return Waiver(
        id=entry["id"],
        address=entry.get("address", "*"),
        file=entry.get("file", "*"),
        environment=entry.get("environment"),
        owner=entry["owner"],
        reason=entry["reason"],
        link=entry["link"],
        expires=date.fromisoformat(str(entry["expires"])),
    )


def address_of(source: str) -> str:
    """The full address of a provider's `source`: `hashicorp/aws` is one of the public registry."""
    parts = source.strip().lower().split("/")
    if len(parts) == 1:
        parts = ["hashicorp", *parts]
    return "/".join(parts if len(parts) > 2 else [_REGISTRY, *parts])
