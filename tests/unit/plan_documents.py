"""Builders for `terraform show -json` documents."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

WORDS = {
    "create": ["create"],
    "update": ["update"],
    "delete": ["delete"],
    "replace": ["delete", "create"],
    "replace-first": ["create", "delete"],
    "read": ["read"],
    "forget": ["forget"],
    "no-op": ["no-op"],
}


def resource(action: str, address: str = "aws_sns_topic.orders", **more: Any) -> Document:
    """One entry of `resource_changes`; `more` goes into its `change`, except what stands beside it."""
    beside = ("previous_address", "action_reason", "deposed", "mode")
    kind, _, name = address.partition(".")
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        **{key: value for key, value in more.items() if key in beside},
        "change": {
            "actions": WORDS.get(action, [action]),
            "before": None if action == "create" else {},
            "after": None if action == "delete" else {},
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
            **{key: value for key, value in more.items() if key not in beside},
        },
    }


def plan(*resources: Document, **more: Any) -> Document:
    """A plan of these changes."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": list(resources),
        **more,
    }
