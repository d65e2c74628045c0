"""What `policy/code.yaml` allows: providers and their arguments, data sources, functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    )


def address_of(source: str) -> str:
    """The full address of a provider's `source`: `hashicorp/aws` is one of the public registry."""
    parts = source.strip().lower().split("/")
    if len(parts) == 1:
        parts = ["hashicorp", *parts]
    return "/".join(parts if len(parts) > 2 else [_REGISTRY, *parts])
