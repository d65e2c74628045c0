"""Which JSON documents are plans that can be read, and what the others are: people give the wrong file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FORMAT = "format_version"
_READABLE = re.compile(r"1\.[0-9]+")
_OF_A_PLAN = ("planned_values", "resource_changes")
# Keys that only one other kind of document has.
_OTHERS = {
    "@level": "it is a line of the log of `terraform plan -json`",
    "plan_format_version": "it is the redacted plan of HCP Terraform, without the values that checks need",
    "lineage": "it is a state file",
    "values": "it is a state, not a plan: `terraform show -json` was not given a plan file",
    "valid": "it is the output of `terraform validate -json`",
    "provider_schemas": "it is the output of `terraform providers schema -json`",
}


def unreadable(document: Any) -> str | None:
    """Why a document cannot be read as a plan; None if it can."""
    if not isinstance(document, dict):
        return f"it is a {type(document).__name__}, not an object"
    if len({str(key).lower() for key in document}) != len(document):  # Go takes either spelling for the same key
        return "it has a key in two spellings"
    if FORMAT not in document or not any(key in document for key in _OF_A_PLAN):
        return next(
            (what for key, what in _OTHERS.items() if key in document), _incomplete(document) or _missing(document)
        )
    return _of_format(document) or _incomplete(document) or _of_version(document)


def _missing(document: Mapping[str, Any]) -> str:
    missing = f"neither {' nor '.join(f'`{key}`' for key in _OF_A_PLAN)}" if FORMAT in document else f"no `{FORMAT}`"
    return f"not a plan: it has {missing}"


def _of_format(document: Mapping[str, Any]) -> str | None:
    written, wrote = document[FORMAT], document.get("terraform_version")
    if isinstance(written, str) and _READABLE.fullmatch(written):
        return None
    by = f" (of Terraform {wrote:.40})" if isinstance(wrote, str) else ""
    return f"its `{FORMAT}` is {written!r:.40}{by}; 1.x can be read, of Terraform 1.1 or later and of OpenTofu"


def _of_version(document: Mapping[str, Any]) -> str | None:
    return None if "terraform_version" in document else "it has no `terraform_version`"


def _incomplete(document: Mapping[str, Any]) -> str | None:
    """What counts of changes would leave out."""
    if document.get("errored"):
        return "the plan is marked as errored"
    if deferred := document.get("deferred_changes"):  # a Terraform experiment
        number = len(deferred) if isinstance(deferred, list) else 1
        return f"it defers {number} change{'s' if number > 1 else ''} to a later plan"
    if document.get("action_invocations") or document.get("deferred_action_invocations"):  # Terraform 1.14 and later
        return "it runs provider actions, which no summary counts"
    return None
