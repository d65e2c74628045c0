"""The comment that `comment` writes at a pull request, and the result of that verb.

Two hidden lines, the Verdict of each Environment, what changed since the last commit, then a section for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infragate.domain import neutral
from infragate.domain.command import Caller
from infragate.domain.front_doors import remembered
from infragate.domain.front_doors.remembered import Remembered, Standing
from infragate.domain.shortening import cut
from infragate.report import comment, document_view, step_summary
from infragate.report.gate_states import COUNTING
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.report.gate_view import GateView
    from infragate.usecases.comment import CommentResult, EnvironmentReports, Reports

_TITLES = {**comment.HEAD, comment.PLANNED: "the change is planned", "error": "a step failed"}
_ROWS, _ERROR, _TEXT = 40, 6_000, 60  # Environments in the table; characters of an error, and of a name
_OWN = "<!-- infragate"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A section: its text for a number of characters, and what stands for it where that is too long."""

    text: Callable[[int], str]
    short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An Environment, its view (None if all verbs failed), and what is remembered of it."""

    name: str
    reports: EnvironmentReports
    view: GateView | None
    standing: Standing


def marker(key: str) -> str:
    """The first line of the comment: by it, and by the author, the next run knows it."""
    return f"<!-- infragate:{key} -->"


def markdown(reports: Reports, *, first_line: str, page: str | None, printer: Printer, present: str | None) -> str:
    """The whole text.

    Args:
        first_line: of `marker`.
        page: the address of this run.
        present: the comment as it is now; None if there is none.
    """
    shown = [_shown(one, printer) for one in reports.environments]
    commit = printer.clean(reports.commit)
    now = Remembered(commit=commit, standings={one.name: one.standing for one in shown})
    now = remembered.following(remembered.read(present or ""), now)
    whole = f"[the reports of this run]({page}#artifacts) have all" if page else comment.WHOLE
    head = [f"{first_line}\n{remembered.line(now)}", *_head(shown, commit, page), *_since(now)]
    parts = [part for one in shown for part in _parts(one, whole, printer)]
    parts += [_raw(printer.clean(text), whole) for text in reports.texts]
    room = comment.LIMIT - sum(len(text) + 2 for text in head) - 200
    return "\n\n".join([*head, *_fitted(parts, room)]) + "\n"


def _shown(reports: EnvironmentReports, printer: Printer) -> _Shown:
    name, view = printer.clean(reports.name), document_view.view(reports, printer)
    decision = "error" if reports.errors or view is None else view["decision"]
    if view is None:
        return _Shown(name=name, reports=reports, view=None, standing=Standing(decision=decision, plan={}))
    counting = (row for row in view["findings"] if row["state"] in COUNTING)
    standing = Standing(
        decision=decision,
        plan={counted: number for counted, number in view["summary"].items() if number},
        cost=f"{view['cost']['after']} {view['cost']['currency']}" if view["cost"] else "",
        findings=frozenset(remembered.digest(row["id"], row["address"], row["file"]) for row in counting),
    )
    return _Shown(name=name, reports=reports, view=view, standing=standing)


def _head(shown: list[_Shown], commit: str, page: str | None) -> Iterator[str]:
    """The worst Verdict, each Environment in a row, and where it is from."""
    if shown:
        worst = max((one.standing.decision for one in shown), key=remembered.DECISIONS.index)
        yield f"## infragate: {_TITLES[worst]}"
        rows = "\n".join(_row(one) for one in shown[:_ROWS])
        left = f"\n\n{len(shown) - _ROWS} more Environments." if len(shown) > _ROWS else ""
        yield f"| Environment | verdict | plan | cost a month |\n|---|---|---|---|\n{rows}{left}"
    places = [f"commit {neutral.code(commit[:12])}"] if commit else []
    if page:
        places += [f"[this run]({page})", f"[its reports]({page}#artifacts)"]
    if places:
        yield " · ".join(places)


def _row(one: _Shown) -> str:
    view, standing = one.view, one.standing
    needed = view["approvals_required"] if view else 0
    verdict = f"{standing.decision} ({needed} approvals)" if needed else standing.decision
    plan = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in standing.plan.items())
    cost = view["cost"] if view else None
    money = f"{cost['before']} → {cost['after']} {_name(cost['currency'])}" if cost else ""
    return f"| {_name(one.name)} | {verdict} | {plan or ('no changes' if view else '')} | {money} |"


def _since(now: Remembered) -> Iterator[str]:
    """What differs from the comment of the commit before."""
    if now.before is None:
        return
    told = [f"{_name(name)}: {'; '.join(differences)}" for name, differences in remembered.differences(now)]
    commit = neutral.code(now.before.commit[:12]) or "the last commit"
    yield f"**Since {commit}:** {' · '.join(told[:_ROWS]) or 'nothing changed'}."


def _parts(one: _Shown, whole: str, printer: Printer) -> Iterator[_Part]:
    name, view = _name(one.name), one.view
    for document in one.reports.errors:
        title = f"### {document['verb']} {name}: error (exit code {document['exit_code']})"
        told = printer.clean("\n".join(step_summary.error_lines(document["error"])))
        text = f"{title}\n\n{neutral.fenced(neutral.without_commands(cut(told, _ERROR)))}"
        yield _Part(text=lambda _limit, text=text: text, short=title)  # type: ignore[misc]
    if view is not None:
        short = f"### {name}: {one.standing.decision}\n\n{whole[0].upper()}{whole[1:]}."
        yield _Part(text=lambda limit: comment.section(view, limit=limit, whole=whole), short=short)


def _raw(text: str, whole: str) -> _Part:
    """Markdown of `--markdown`; its hidden lines are not ours."""
    lines = (line for line in text.splitlines() if not line.startswith(_OWN))
    shown = "\n".join(lines).strip()
    return _Part(text=lambda _limit: shown, short=f"A part is too long to be shown: {whole}.")


def _fitted(parts: Iterable[_Part], room: int) -> Iterator[str]:
    """Each section gets its share of what is left; one that needs more is named only."""
    waiting = list(parts)
    for number, part in enumerate(waiting):
        share = room // (len(waiting) - number)
        text = part.text(share).strip()
        text = text if len(text) <= share else part.short
        room -= len(text) + 2
        yield text


def _name(name: str) -> str:
    return neutral.code(cut(name, _TEXT))


def document(result: CommentResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "pull_request": result.pull_request,
        "comment": result.posted.url,
        "action": result.posted.action,
        "removed": result.posted.removed,
        "environments": [one.name for one in result.reports.environments],
    }


def show(result: CommentResult, printer: Printer) -> None:
    """What was done, and where."""
    printer.line(f"{result.posted.action}: {result.posted.url}", "good")
    if result.posted.removed:
        printer.line(f"{result.posted.removed} comments of other runs that said the same are removed", "dim")
