"""`drift --tell`: tells what changed to Slack and in one issue for each Stack, once, whatever other runs do.

Nothing here changes the result of `drift`: what fails is a warning, and is tried again by the next run.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from infragate.adapters.aws.drift_records import DriftRecords
from infragate.adapters.github import github_api, github_credentials, sticky_issue
from infragate.adapters.github.sticky_issue import IssueAction, IssueState, WantedIssue
from infragate.adapters.local import clock
from infragate.adapters.local.settings import Actor
from infragate.adapters.slack import slack_settings
from infragate.domain.cloud import Cloud
from infragate.domain.drift import record as records
from infragate.domain.drift import telling
from infragate.domain.drift.record import DriftRecord, DriftRun
from infragate.domain.drift.report import DriftReport, StackDrift
from infragate.domain.drift.telling import TellingSteps
from infragate.domain.drift.telling_texts import TellingTexts
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput, InfragateError, RemoteFailed
from infragate.usecases.drift import open_changes, record_access, slack_thread
from infragate.usecases.drift.slack_thread import SlackEffect, SlackThread

# `off`: no credentials for it; `elsewhere`: another run is telling; `failed`: the next run tries again.
Unsaid = Literal["off", "silent", "elsewhere", "failed"]
_LOST = "another run has taken over"


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRequest:
    """Where to tell what.

    Attributes:
        run: names this run among others.
    """

    root: Path
    project: Project
    records: DriftRecords
    run: str
    texts: TellingTexts
    warn: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStack:
    """What was told of one Stack.

    Attributes:
        reason: why there is no issue yet.
        history: the last runs, the newest last.
    """

    environment: str
    slack: SlackEffect | Unsaid
    issue: IssueAction | Unsaid
    issue_url: str | None = None
    reason: str = ""
    history: tuple[DriftRun, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told, in the order of the report."""

    stacks: tuple[ToldStack, ...]
    warnings: tuple[str, ...]

    @property
    def anything(self) -> bool:
        """True if somebody was told something."""
        silent = ("off", "silent", "elsewhere", "failed", "unchanged", "held")
        return any(one.slack not in silent or one.issue not in silent for one in self.stacks)


def refuse_real_people(cloud: Cloud) -> None:
    """Nobody is told what is in a sandbox.

    Raises:
        BadInput: a run in the sandbox would post to GitHub or Slack, outside of this machine.
    """
    if cloud.concerns_people:
        return
    for are_set, is_local, names in (
        (slack_settings.are_set, slack_settings.is_local, "the token or webhook of Slack"),
        (github_credentials.are_set, github_api.is_local, "GITHUB_TOKEN, or the settings of the App"),
    ):
        if are_set() and not is_local():
            message = "drift of the sandbox would be told to people"
            raise BadInput(message, where="--sandbox --tell", fix=f"unset {names}, or leave --tell out")


def run(
    report: DriftReport,
    *,
    root: Path,
    project: Project,
    cloud: Cloud,
    actor: Actor,
    texts: TellingTexts,
    warn: Callable[[str], None],
) -> Told:
    """As `tell`, under the role of drift; without it nobody is told."""
    try:
        access = record_access.access(project, cloud=cloud, actor=actor, warn=warn)
    except InfragateError as error:
        text = f"nothing is told, the records of drift cannot be reached: {error.message}"
        warn(text)
        failed = (ToldStack(environment=stack.environment, slack="failed", issue="failed") for stack in report.stacks)
        return Told(stacks=tuple(failed), warnings=(text,))
    name = uuid.uuid4().hex
    return tell(report, TellRequest(root=root, project=project, records=access, run=name, texts=texts, warn=warn))


def tell(report: DriftReport, request: TellRequest) -> Told:
    """Tell what changed since it was told last. It raises nothing that a user could cause."""
    teller = _Teller(request=request, seen=report.started_at)
    told = {stack.environment: teller.stack(stack) for stack in telling.worst_first(report.stacks)}
    return Told(
        stacks=tuple(told[stack.environment] for stack in report.stacks),
        warnings=tuple(teller.warnings),
    )


@dataclass(slots=True, kw_only=True)
class _Teller:
    request: TellRequest
    seen: datetime
    warnings: list[str] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    known: dict[str, DriftRecord] = field(default_factory=dict)
    _touched: dict[str, int] | None = None

    def stack(self, drift: StackDrift) -> ToldStack:
        """Tell of one Stack, if this run gets the claim."""
        name, run = drift.environment, self.request.run
        try:
            entry = records.of_run(drift, run=run, at=clock.now())
            record = self._changed(name, partial(telling.looked, entry=entry))
            if record is None or self._is_silent(record, drift):
                return self._unsaid(name, "silent", record)
            self.known[name] = record
            with_issue, seen = github_credentials.are_set(), self.seen
            claim = partial(telling.claimed, run=run, at=clock.now(), seen=seen, with_issue=with_issue)
            record = self._changed(name, lambda present: claim(present, drift))
            if record is None:
                return self._unsaid(name, "elsewhere", self.known[name])
        except InfragateError as error:
            self._warn(f"{name}: nothing is told: {error.message}")
            return self._unsaid(name, "failed", self.known.get(name))
        try:
            return self._claimed(record, drift)
        finally:
            self._release(name)

    def _claimed(self, record: DriftRecord, drift: StackDrift) -> ToldStack:
        name, steps = drift.environment, telling.steps(record, drift)
        issue, state = self._issue(record, drift, steps)
        number = record.issue.number if state is None else state.number or record.issue.number
        url = self._issue_url(number)
        return ToldStack(
            environment=name,
            slack=self._slack(drift, url),
            issue=issue,
            issue_url=url,
            reason=self.reasons.get(name, ""),
            history=record.history,
        )

    def _issue(
        self, record: DriftRecord, drift: StackDrift, steps: TellingSteps
    ) -> tuple[IssueAction | Unsaid, IssueState | None]:
        if not github_credentials.are_set():
            return "off", None
        if steps.issue == "silent":
            return "silent", None
        try:
            state = self._brought(record, drift, steps)
            if state.action != "held":
                kept = partial(telling.issue_told, run=self.request.run, number=state.number or record.issue.number)
                self._own_change(drift.environment, kept)
        except InfragateError as error:
            self._warn(f"{drift.environment}: the issue is not up to date: {error.message}{_fix(error)}")
            return "failed", None
        return state.action, state

    def _brought(self, record: DriftRecord, drift: StackDrift, steps: TellingSteps) -> IssueState:
        texts, name, github = self.request.texts, drift.environment, self.request.project.github
        repository, marker = f"{github.owner}/{github.repository}", texts.marker(name)
        if record.claim is None or not telling.may_begin(record, self.request.run, clock.now()):
            raise RemoteFailed(_LOST)
        text = partial(texts.issue, drift)
        if steps.issue == "settle":
            proof = texts.proof(drift, record.claim.change)
            return sticky_issue.close(repository, marker=marker, known=record.issue.number, text=text, proof=proof)
        wanted = WantedIssue(
            marker=marker,
            title=texts.title(drift),
            labels=self.request.project.front_doors.telling.labels,
            text=text,
            may_open=lambda: self._may_open(name),
        )
        return sticky_issue.bring(repository, wanted, known=record.issue.number)

    def _may_open(self, name: str) -> bool:
        """True if a new issue may be opened; otherwise the reason is kept."""
        most = self.request.project.front_doors.telling.new_issues_per_run
        if self._touched is None:
            self._touched = open_changes.touched(self.request.root, self.request.project)
        if name in self._touched:
            self.reasons[name] = f"pull request #{self._touched[name]} touches it"
        elif name not in self.opened and len(self.opened) >= most:
            self.reasons[name] = f"at most {most} issues are opened in a run; the next run opens it"
        else:
            self.opened.add(name)
        return name in self.opened

    def _slack(self, drift: StackDrift, issue_url: str | None) -> SlackEffect | Unsaid:
        if not slack_settings.are_set():
            return "off"
        thread = SlackThread(
            records=self.request.records,
            run=self.request.run,
            telling=self.request.project.front_doors.telling,
            texts=self.request.texts.messages,
            warn=self._warn,
        )
        try:
            return slack_thread.tell(thread, drift, issue_url)
        except InfragateError as error:
            self._warn(f"{drift.environment}: Slack is not told: {error.message}{_fix(error)}")
            return "failed"

    def _is_silent(self, record: DriftRecord, drift: StackDrift) -> bool:
        steps = telling.steps(record, drift)
        slack = steps.slack != "silent" or record.slack.attempt is not None
        issue = steps.issue != "silent"
        waits = (slack and slack_settings.are_set()) or (issue and github_credentials.are_set())
        return telling.current(drift) is None or not waits

    def _unsaid(self, name: str, why: Unsaid, record: DriftRecord | None) -> ToldStack:
        return ToldStack(
            environment=name,
            slack=why if slack_settings.are_set() else "off",
            issue=why if github_credentials.are_set() else "off",
            issue_url=self._issue_url(record.issue.number) if record else None,
            history=record.history if record else (),
        )

    def _changed(self, name: str, step: Callable[[DriftRecord], DriftRecord | None]) -> DriftRecord | None:
        return self.request.records.change(name, step)

    def _own_change(self, name: str, step: Callable[[DriftRecord], DriftRecord | None]) -> DriftRecord:
        record = self._changed(name, step)
        if record is None:
            raise RemoteFailed(_LOST)
        return record

    def _release(self, name: str) -> None:
        try:
            self._changed(name, partial(telling.released, run=self.request.run))
        except InfragateError as error:
            self._warn(f"{name}: the claim stays for 10 minutes: {error.message}")

    def _issue_url(self, number: int | None) -> str | None:
        github = self.request.project.github
        page = f"https://{github.host}/{github.owner}/{github.repository}/issues/{number}"
        return None if number is None else page

    def _warn(self, text: str) -> None:
        self.warnings.append(text)
        self.request.warn(text)


def _fix(error: InfragateError) -> str:
    return f" ({error.fix})" if isinstance(error.fix, str) else ""
