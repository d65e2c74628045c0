"""All readers. A new one: a module with its READER, and its name here."""

from __future__ import annotations

from infragate.adapters.aws.unowned import buckets, iam_policies, listeners, log_filters, security_groups, tags
from infragate.adapters.aws.unowned.reader import Reader

READERS: tuple[Reader, ...] = (
    security_groups.READER,
    iam_policies.READER,
    buckets.READER,
    listeners.READER,
    log_filters.READER,
    tags.READER,
)
