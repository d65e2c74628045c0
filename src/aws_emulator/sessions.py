"""Facts of an assumed-role session that moto does not store: source identity, tags, session policies."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from moto.sts.models import AssumedRole, sts_backends

from aws_emulator.iam.policy import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """``policies`` None: the session is not limited; ``provider``: ARN of the OIDC provider that issued its token."""

    source_identity: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tags: tuple[str, ...] = ()
    policies: tuple[Document, ...] | None = None
    provider: str | None = None

    def inherited_tags(self) -> dict[str, str]:
        """The tags that are passed on when this session assumes another role."""
        return {key: value for key, value in self.tags.items() if key in self.transitive_tags}


# Passed from the guard to the AssumedRole that moto creates in the same thread and request.
pending: ContextVar[SessionFacts | None] = ContextVar("pending", default=None)


def install() -> None:
    """Store the facts of each request on the AssumedRole that it creates."""
    original = AssumedRole.__init__

    def keep_facts(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.facts = pending.get() or SessionFacts()
        pending.set(None)

    AssumedRole.__init__ = keep_facts  # type: ignore[method-assign]


def facts_of(session: Any | None) -> SessionFacts:
    """The facts of a session; empty for a user, or for a session from a time without enforcement."""
    return getattr(session, "facts", None) or SessionFacts()


def find(access_key: str) -> tuple[str, Any] | None:
    """Account and AssumedRole behind an access key."""
    for account in list(sts_backends):
        for session in reversed(sts_backends[account]["aws"].assumed_roles):
            if session.access_key_id == access_key:
                return account, session
    return None
