"""Comments in code that switch checks of an engine off: `tfsec:ignore`, `trivy:ignore`, `checkov:skip`.

No engine of the gate obeys them, since `policy/waivers.yaml` is the one register of exceptions. Those that a change
adds are shown: somebody believed that they work.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from infragate.domain.finding import Finding, Severity

ID, SOURCE = "skip-comment", "code"
RUNBOOK = "docs/policy-exceptions.md"
# What the engines look for; another sign in place of the colon ends it. `ignore` may stand behind other parts of the
# comment: `trivy:exp:2099-01-01:ignore:*`.
_COMMENT = re.compile(rb"(?i)(tfsec|trivy|checkov|bridgecrew|cortex):(?=\s*(?:ignore|skip)|[^\n]*:\s*ignore)")
_SHOWN = re.compile(r"(?i)\b(?:tfsec|trivy):(?:\s*|\S*:)ignore\S*|\b(?:checkov|bridgecrew|cortex):\s*skip=?\S*")


def disarmed(content: bytes) -> bytes:
    """The same code, with the same number of bytes, and with comments that no engine obeys."""
    return _COMMENT.sub(rb"\1_", content)


def findings(file: str, text: str, base: str = "") -> Iterator[Finding]:
    """A Finding for each comment that a file has and its base has not.

    Args:
        base: its text in the base branch; "" for a new file.
    """
    old = Counter(_SHOWN.findall(base))
    for number, line in enumerate(text.splitlines(), start=1):
        for comment in _SHOWN.findall(line):
            if old[comment] > 0:
                old[comment] -= 1
                continue
            yield Finding(
                id=ID,
                source=SOURCE,
                severity=Severity.MEDIUM,
                message=f"the comment {comment!r} has no effect here: an exception needs an owner, a reason and an end",
                file=file,
                line=number,
                link=RUNBOOK,
                fix="remove the comment; write an entry of policy/waivers.yaml",
            )
