"""The tags of one resource: what the state holds, what the cloud answers, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from infragate.domain.command import Command
from infragate.domain.environment import Environment
from infragate.domain.finding import Finding, Severity
from infragate.domain.terraform.state_file import Resource

SOURCE = "tags"
RUNBOOK = "runbooks/tag-missing.md"
TagStatus = Literal["ok", "different", "missing", "gone", "unchecked"]
_OF_AWS = "aws:"  # AWS keeps these tags itself


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudAnswer:
    """The tags of a resource in the cloud.

    Attributes:
        tags: None if they could not be read, or the resource does not exist.
        source: what answered, or why nothing did.
        gone: the resource does not exist.
    """

    tags: Mapping[str, str] | None
    source: str
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDifference:
    """A tag with another value than it should have; None: without the tag."""

    tag: str
    expected: str | None
    actual: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedResource:
    """A resource of the state, with its tags compared."""

    address: str
    type: str
    arn: str
    state: Mapping[str, str]
    cloud: CloudAnswer
    missing: tuple[str, ...]
    different: tuple[TagDifference, ...]
    required: tuple[str, ...] = field(repr=False)

    @property
    def tags(self) -> Mapping[str, str]:
        """Those of the cloud, else those of the state."""
        return self.state if self.cloud.tags is None else self.cloud.tags

    @property
    def status(self) -> TagStatus:
        """The worst of it."""
        if self.cloud.gone:
            return "gone"
        if self.missing:
            return "missing"
        if self.cloud.tags is None:
            return "unchecked"
        return "different" if self.different else "ok"

    def findings(self, environment: Environment) -> Iterator[Finding]:
        """A Finding for each kind of thing that is wrong."""
        if self.cloud.gone:
            message = f"It is in the state and not in the cloud ({self.cloud.source})."
            yield self._finding("gone", message, fix=Command("plan", env=environment.name))
        elif self.cloud.tags is None:
            yield self._finding("unchecked", f"Its tags in the cloud could not be read: {self.cloud.source}.")
        if self.missing and not self.cloud.gone:
            yield self._finding("missing", f"It has no tag {', '.join(self.missing)}.")
        if self.different:
            said = "; ".join(_said(one) for one in self.different)
            severity = Severity.HIGH if any(one.tag in self.required for one in self.different) else Severity.MEDIUM
            yield self._finding("different", f"Its tags differ: {said}.", severity=severity)

    def _finding(
        self, kind: str, message: str, *, severity: Severity = Severity.HIGH, fix: Command | None = None
    ) -> Finding:
        return Finding(
            id=f"{SOURCE}/{kind}",
            source=SOURCE,
            message=message,
            severity=severity,
            address=self.address,
            link=RUNBOOK,
            fix=fix,
        )


def is_taggable(resource: Resource) -> bool:
    """True if the provider gives the resource `tags_all`; the policy IG-TAG-01 asks the same of a plan."""
    return "tags_all" in resource.attributes


def arn(resource: Resource) -> str:
    """The ARN of a resource; "" if its state holds none."""
    return next((text for text in map(resource.text, ("arn", "id")) if text.startswith("arn:")), "")


def in_state(resource: Resource) -> dict[str, str]:
    """The tags in the state, the provider's default tags among them."""
    return of_answer(resource.attributes.get("tags_all") or {})


def of_answer(tags: Mapping[str, Any]) -> dict[str, str]:
    """Tags as text, without those that AWS keeps."""
    return {name: str(value) for name, value in sorted(tags.items()) if not name.startswith(_OF_AWS)}


def compare(
    resource: Resource, cloud: CloudAnswer, *, required: Sequence[str], expected: Mapping[str, str]
) -> TaggedResource:
    """Compare the tags of a resource.

    Args:
        required: names of the tags that it must have.
        expected: values of some of them; a tag without one must have the value of the state.
    """
    state = in_state(resource)
    tags = state if cloud.tags is None else cloud.tags
    missing = tuple(name for name in required if not tags.get(name, "").strip())
    due = {**state, **{name: expected[name] for name in required if name in expected}}
    different = tuple(
        TagDifference(tag=name, expected=value, actual=tags.get(name))
        for name, value in sorted(due.items())
        if name not in missing and tags.get(name) != value
    )
    return TaggedResource(
        address=resource.address,
        type=resource.type,
        arn=arn(resource),
        state=state,
        cloud=cloud,
        missing=missing,
        different=() if cloud.gone else different,
        required=tuple(required),
    )


def _said(difference: TagDifference) -> str:
    actual = "missing" if difference.actual is None else repr(difference.actual)
    return f"{difference.tag} is {actual} instead of {difference.expected!r}"
