"""One permission that a call needs, and the context keys from its tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_emulator import stores
from aws_emulator.calls import Call
from aws_emulator.iam.conditions import ContextValue

# Signing name -> prefix of IAM actions, where they differ.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag", "s3control": "s3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """``action`` on ``resource`` (an ARN, or "*") must be allowed; ``context`` holds the keys of this need alone."""

    action: str
    resource: str = "*"
    context: Mapping[str, ContextValue] = field(default_factory=dict)


def prefix_of(call: Call) -> str:
    return _PREFIXES.get(call.service, call.service)


def action_of(call: Call) -> str:
    """The IAM action that has the same name as the API operation."""
    return f"{prefix_of(call)}:{call.operation}"


def request_tags(call: Call) -> dict[str, str]:
    """The tags that a request sets, in any of the services' formats."""
    parameters = call.parameters
    raw = parameters.get("Tags") or parameters.get("tags")
    if raw is None:
        raw = [tag for group in parameters.get("TagSpecifications") or [] for tag in group.get("Tags") or []]
    return stores.tags_of(raw)


def tag_context(call: Call) -> dict[str, ContextValue]:
    """aws:RequestTag/KEY and aws:TagKeys, the latter also for calls that remove tags."""
    tags = request_tags(call)
    removed = call.parameters.get("TagKeys") or call.parameters.get("tagKeys") or []
    keys = [*tags, *(key for key in removed if key not in tags)]
    return {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, "aws:TagKeys": keys or None}


def tags_as_context(tags: Mapping[str, str], *prefixes: str) -> dict[str, ContextValue]:
    """aws:ResourceTag/KEY, and the same under the service's own prefixes."""
    return {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", *prefixes) for key, value in tags.items()}
