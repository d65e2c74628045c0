"""What `drift` says of Stacks: the differences between code and cloud, each with its cause and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from infragate.domain.drift import fingerprint
from infragate.domain.drift.addition import Addition
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Severity
from infragate.domain.plan import Action
from infragate.domain.plan_fields import Field

# Why something differs. `unowned`: added to a managed resource outside of Terraform, where no plan sees it.
Cause = Literal["out-of-band", "not-applied", "noise", "outputs", "unowned"]
# What makes it worse. `security`: public access, open ports, IAM, encryption, deletion protection.
Mark = Literal["security", "loses-data", "replace"]
Status = Literal["clean", "drift", "skipped", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftItem:
    """One resource that differs, or one output, for one cause.

    Attributes:
        action: what the plan would do to it; None for what no plan sees.
        fields: the differing values (before: in the cloud now; after: what the code says), redacted.
        evidence: how the cause is known, one sentence.
        reader: what has read it, where that was not the plan.
        waived_by: the owner of the waiver that covers it.
        additions: how what a reader found can be settled, by the path of its field; in no document.
    """

    address: str
    type: str
    cause: Cause
    marks: frozenset[Mark] = frozenset()
    severity: Severity
    action: Action | None = None
    fields: tuple[Field, ...] = ()
    evidence: str
    reader: str | None = None
    waived_by: str | None = None
    additions: tuple[Addition, ...] = field(default=(), compare=False, repr=False)

    @property
    def counts(self) -> bool:
        """False for what is listed only: noise, and what a waiver covers."""
        return self.cause != "noise" and self.waived_by is None

    def document(self) -> dict[str, Any]:
        """The item in a JSON document."""
        return {
            "address": self.address,
            "type": self.type,
            "class": self.cause,
            "marks": sorted(self.marks),
            "severity": self.severity.name.lower(),
            "action": self.action,
            "evidence": self.evidence,
            "reader": self.reader,
            "waived_by": self.waived_by,
            "fields": [{"path": each.path, "before": each.before, "after": each.after} for each in self.fields],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StackDrift:
    """The drift of one Stack.

    Attributes:
        error: why it is unknown (status error); reason: why it was not looked at (status skipped).
        commit: of the checkout; applied_commit, applied_at: of the last apply that succeeded.
    """

    environment: str
    directory: str
    status: Status
    items: tuple[DriftItem, ...] = ()
    error: InfragateError | None = None
    reason: str = ""
    commit: str | None = None
    applied_commit: str | None = None
    applied_at: datetime | None = None
    duration_seconds: float = 0.0

    @property
    def counted(self) -> tuple[DriftItem, ...]:
        """The items that make it drift."""
        return tuple(item for item in self.items if item.counts)

    @property
    def fingerprint(self) -> str | None:
        """Of the items that count; None if the drift is unknown, which is not the same as none."""
        return fingerprint.of(self.counted) if self.status in ("clean", "drift") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """The drift of several Stacks.

    Attributes:
        shard: `K/N` if these are a part of all Stacks.
        commit: of the checkout.
    """

    stacks: tuple[StackDrift, ...]
    shard: str | None = None
    commit: str | None = None
    started_at: datetime
