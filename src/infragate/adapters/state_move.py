"""Terraform state on its way from a local file into the bucket, and what either of them holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infragate.adapters import process
from infragate.adapters.terraform import INIT_TIMEOUT, Terraform
from infragate.domain import terraform_messages as messages
from infragate.domain.errors import Integrity


@dataclass(frozen=True, slots=True, kw_only=True)
class StateContent:
    """What a state says of itself, and the addresses that it holds."""

    lineage: str
    serial: int
    addresses: frozenset[str]


def read(text: str | bytes | None, *, where: str) -> StateContent | None:
    """A state document; None when there is none.

    Raises:
        Integrity: it is no state.
    """
    if not text or not text.strip():
        return None
    try:
        document = json.loads(text)
        resources = document.get("resources") or []
        return StateContent(
            lineage=str(document["lineage"]),
            serial=int(document["serial"]),
            addresses=frozenset(
                address for entry in resources if entry.get("mode") == "managed" for address in _addresses(entry)
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise Integrity(
            "this is no Terraform state", where=where, fix="docs/state-backend.md, 'Restore a state'"
        ) from broken


def _addresses(entry: Mapping[str, Any]) -> list[str]:
    base = f"{entry['type']}.{entry['name']}"
    keys = [instance.get("index_key") for instance in entry.get("instances") or []]
    return [base if key is None else f"{base}[{json.dumps(key)}]" for key in keys]


def into_backend(terraform: Terraform, backend: Mapping[str, str]) -> None:
    """Copy the state of the backend that `terraform` used last into the one that the configuration names now.

    Terraform refuses `-json` together with `-migrate-state`, so its words are read as text.

    Raises:
        InfragateError: by what Terraform said.
    """
    settings = [f"-backend-config={name}={value}" for name, value in backend.items()]
    argv = [
        str(terraform.program),
        "init",
        "-input=false",
        "-no-color",
        "-lockfile=readonly",
        "-migrate-state",
        "-force-copy",
    ]
    done = process.run(
        [*argv, *settings],
        cwd=terraform.folder,
        env=terraform.environment,
        timeout=INIT_TIMEOUT,
        success_codes=None,
        finish_on_interrupt=True,
    )
    if done.returncode != 0:
        said = messages.from_text(done.stderr) or messages.from_text(done.stdout)
        raise messages.explain([said] if said else [], program="terraform init", where=terraform.where)
