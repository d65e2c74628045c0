"""How drift is told: the texts of messages and issues of one run."""

from __future__ import annotations

from functools import partial

from infragate.domain.drift.telling_texts import MessageTexts, TellingTexts
from infragate.report import drift_issue, drift_message


def of_run(page: str | None) -> TellingTexts:
    """With links to this run.

    Args:
        page: its address; None outside of GitHub Actions.
    """
    return TellingTexts(
        messages=MessageTexts(
            whole=partial(drift_message.whole, page=page), reply=partial(drift_message.reply, page=page)
        ),
        marker=drift_issue.marker,
        title=drift_issue.title,
        issue=partial(drift_issue.markdown, page=page),
        proof=partial(drift_issue.proof, page=page),
    )
