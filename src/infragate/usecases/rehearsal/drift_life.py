"""The drift of a rehearsal: the alarm of its small change is silenced by hand; that is told once, and settled by an apply."""

from __future__ import annotations

import json
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.domain.environment import Environment
from infragate.domain.errors import Blocked
from infragate.sandbox.drift_job import DriftJob
from infragate.sandbox.pull_requests import PullRequests
from infragate.usecases.rehearsal import proposed_changes

SOMEBODY = "somebody"
CRON = "drift"  # who runs it, in the timeline


class DriftLife:
    """What happens to it; each public method but `begin` is one step and returns its evidence."""

    def begin(self, job: DriftJob, pulls: PullRequests, environment: Environment) -> None:
        """The servers run; the small change is applied before the first step."""
        self.job = job
        self.pulls = pulls
        self.environment = environment

    def change(self, cloudwatch: Any) -> str:
        """Silence the alarm, as an administrator does; `drift` finds that and tells it."""
        name = proposed_changes.alarm_name(self.environment)
        with aws_api.reported("change the sandbox by hand"):
            cloudwatch.disable_alarm_actions(AlarmNames=[name])
        stack, told = self._run(slack="posted", issue="opened")
        self.number, title, _ = self.job.issue(told)
        self.pulls.note(self.number, SOMEBODY, f"has switched off the actions of the alarm {name}")
        self.pulls.note(self.number, CRON, f"opened the issue: {title}")
        self.pulls.note(self.number, CRON, f"told Slack: {self.job.said()[-1]}")
        item = next((each for each in stack["items"] if each["address"] == proposed_changes.ALARM), None)
        if item is None or item["class"] != "out-of-band":
            raise self._unexpected(f"{proposed_changes.ALARM} changed by hand", stack["items"])
        fields = ", ".join(f"{each['path']}: {json.dumps(each['before'])}" for each in item["fields"])
        return f"{item['class']}: {item['address']}, {fields}; issue {self.number} opened, Slack told"

    def repeat(self) -> str:
        """Look again; nobody is told a second time."""
        before = self.job.said()
        stack, _ = self._run(slack="silent", issue="silent")
        if self.job.said() != before:
            raise self._unexpected("silence in Slack", self.job.said())
        return f"{stack['status']} as before; issue {self.number} and Slack stay as they are"

    def settled(self) -> str:
        """Look after the apply: no drift, and the issue is closed."""
        stack, told = self._run(slack="settled", issue="closed")
        number, _, state = self.job.issue(told)
        if (stack["status"], number, state) != ("clean", self.number, "closed"):
            raise self._unexpected("a Stack without drift, and its issue closed", stack["items"])
        self.pulls.note(number, CRON, "closed the issue")
        self.pulls.note(number, CRON, f"told Slack: {self.job.said()[-1]}")
        return f"{stack['status']}; issue {number} closed, Slack told: {self.job.said()[-1]}"

    def _run(self, **expected: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The Stack, and what was told; a step fails where somebody else was told, or nobody."""
        stack, told = self.job.run(self.environment.name)
        if {way: told[way] for way in expected} != expected:
            raise self._unexpected(f"{expected} told", {way: told[way] for way in expected})
        return stack, told

    def _unexpected(self, missing: str, instead: object) -> Blocked:
        return Blocked(
            f"drift does not have {missing}: {str(instead)[:300]}",
            where=self.environment.directory,
            fix="docs/drift.md; --keep leaves the copy of the checkout and its sandbox",
        )
