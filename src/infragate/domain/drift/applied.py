"""How the code of a checkout differs from the code that was applied last: the evidence for what waits to be applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedCode:
    """The last apply that succeeded, by its record in the state bucket, and how the checkout differs from its code.

    Attributes:
        at: None if no apply is recorded.
        same: the files of the Stack and of its local modules are those that were applied.
        commits: how many commits since then touch them; None if the clone lacks that history.
        beside: the commit is not in the history of the checkout: applied before a merge, or in another branch.
        uncommitted: files of the Stack are changed and not committed.
        later: how a later apply ended, "" if there was none: `failed`, `interrupted`.
    """

    commit: str | None = None
    at: datetime | None = None
    same: bool = False
    commits: int | None = None
    beside: bool = False
    uncommitted: bool = False
    later: str = ""

    @property
    def evidence(self) -> str:
        """One sentence."""
        if self.at is None:
            return "no apply that succeeded is recorded"
        said = f"the last apply, on {self.at:%Y-%m-%d}, was of commit {(self.commit or 'unknown')[:12]}"
        ended = "failed" if self.later == "failed" else f"was {self.later}"
        later = f"; a later one {ended}" if self.later else ""
        return f"{said}{self._since()}{later}"

    def _since(self) -> str:
        if self.same:
            return ": the same code was applied"
        changed = ", and the checkout has uncommitted changes" if self.uncommitted else ""
        if self.beside:
            return f", which is not in the history of this checkout{changed}"
        if self.commits is None:
            return f", which this clone does not have{changed}"
        number = "1 commit since then touches" if self.commits == 1 else f"{self.commits} commits since then touch"
        return f"; {number} this Stack{changed}"
