"""The pull requests of a rehearsal: a small change, one against policy, one that costs too much, one that settles drift."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from infragate.adapters.local import codeowners_file, files, own_folder
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Blocked, InfragateError, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.front_doors import atlantis_text
from infragate.domain.gate.cost import CostRules
from infragate.sandbox.pull_requests import Pull, PullRequests
from infragate.usecases.rehearsal import proposed_changes

APPLY = "atlantis apply"
APPLIED = "Apply complete!"
FIRST, SECOND = 80, 90  # thresholds of the alarm: as proposed, and after a push
PEOPLE = ("bob", "carol", "dave", "erin", "frank")  # who approve, behind those whom CODEOWNERS names
_STATUS = re.compile(r"exit status (\d+)")
_KINDS = (BadInput, ToolFailed, RemoteFailed, Locked, Integrity)


class PullRequestLife:
    """What happens to them; each public method but `begin` is one step and returns its evidence."""

    def begin(self, pulls: PullRequests, environment: Environment, cost: CostRules) -> None:
        """The servers run: their repository, the Environment to change, what its cost may do."""
        self.pulls = pulls
        self.environment = environment
        self.cost = cost
        self.reviewers = self._reviewers()

    # ---- a small change ------------------------------------------------------------------------------------------

    def open_small(self) -> str:
        self.small = self.pulls.propose("small-change", proposed_changes.alarm(self.environment, FIRST))
        return self._planned(self.small.number, self.pulls.opened(self.small))

    def push_small(self) -> str:
        old = self.small.head_sha
        told = self._planned(
            self.small.number, self.pulls.pushed(self.small, proposed_changes.alarm(self.environment, SECOND))
        )
        (plan_file,) = self._folder(self.small.number).glob("*.tfplan")
        commit = json.loads(files.read(plan_file) or "{}").get("commit")
        if commit != self.small.head_sha:
            raise Integrity(f"the server would apply the plan of {commit}", where=str(plan_file))
        return f"{told}; what can be applied is the plan of {commit[:12]}, no longer that of {old[:12]}"

    def apply_unapproved(self) -> str:
        return self._refused(self.small.number, self.pulls.commented(self.small, APPLY, user="bob"))

    def apply_small(self) -> str:
        return self._approved(self.small)

    # ---- a violation ---------------------------------------------------------------------------------------------

    def open_violation(self) -> str:
        pull = self.pulls.propose("violation", proposed_changes.open_to_the_world(self.environment))
        comment = self.pulls.opened(pull)
        verdict = f"- {self.environment.name}: block"
        self._expect(pull.number, comment, verdict)
        printed = atlantis_text.block(comment).splitlines()
        findings = [line for line in printed if line.startswith("- ") and line != verdict]
        if not findings or self.pulls.status(pull, "atlantis/plan")[0] != "failure":
            raise self._unexpected(pull.number, comment, "the findings of a plan that failed")
        self.pulls.close(pull)
        return f"findings that block: {len(findings)}, so nothing can be applied; {findings[0].removeprefix('- ')}"

    # ---- a cost over the threshold -------------------------------------------------------------------------------

    def open_expensive(self) -> str:
        cost = self._gate(self.small.number)["cost"] or {}
        price, before = Decimal(cost.get("delta", 0)), Decimal(cost.get("after", 0))
        if price <= 0:
            fix = "add the price of an alarm to policy/prices (docs/cost.md)"
            raise Blocked("the cost of the small change is unknown, so no cost can be rehearsed", where="cost", fix=fix)
        count = proposed_changes.too_many(before, price, self.cost)
        changed = proposed_changes.alarm(self.environment, FIRST, count=count)
        self.expensive = self.pulls.propose("expensive-change", changed)
        comment = self.pulls.opened(self.expensive)
        told = self._planned(self.expensive.number, comment)
        self._expect(self.expensive.number, comment, f"! {self.environment.name}: needs-approvals")
        return told

    def apply_expensive_too_early(self) -> str:
        self.needed = self._needed(self.expensive.number)
        self.pulls.approve(self.expensive, *self.reviewers[: self.needed - 1])
        return self._refused(self.expensive.number, self.pulls.commented(self.expensive, APPLY, user=self.reviewers[0]))

    def apply_expensive(self) -> str:
        self.pulls.approve(self.expensive, self.reviewers[self.needed - 1])
        user = self.reviewers[0]
        told = self._applied(self.expensive.number, self.pulls.commented(self.expensive, APPLY, user=user))
        self.pulls.merge(self.expensive, user=user)
        return told

    # ---- the code again, over what was changed by hand ------------------------------------------------------------

    def apply_again(self) -> str:
        pull = self.pulls.propose("apply-again", proposed_changes.again(self.environment, SECOND))
        planned = self._planned(pull.number, self.pulls.opened(pull))
        return f"{planned}; {self._approved(pull)}"

    def _approved(self, pull: Pull) -> str:
        """Approved by as many people as the Verdict needs, applied and merged."""
        first = self.reviewers[0]
        self.pulls.approve(pull, *self.reviewers[: self._needed(pull.number)])
        told = self._applied(pull.number, self.pulls.commented(pull, APPLY, user=first))
        self.pulls.merge(pull, user=first)
        return told

    # ---- what the server said ------------------------------------------------------------------------------------

    def _planned(self, number: int, comment: str) -> str:
        """Terraform's line, the Verdict and the cost of a plan that can be applied."""
        if "**Plan Error**" in comment or "**Plan Failed**" in comment:
            raise self._unexpected(number, comment, "a plan")
        printed = atlantis_text.block(comment).splitlines()
        self._expect(number, comment, f"{self.environment.name}: ")
        return "; ".join([*printed[:2], *(line for line in printed if line.startswith("cost: "))])

    def _applied(self, number: int, comment: str) -> str:
        """Terraform's line, and the service's health."""
        self._expect(number, comment, APPLIED)
        if "**Apply Error**" in comment:
            raise self._unexpected(number, comment, "a healthy service")
        printed = [line for line in atlantis_text.block(comment).splitlines() if line.strip()]
        health = [
            line for line in printed if line.startswith((f"{self.environment.name} is", f"{self.environment.name}:"))
        ]
        return "; ".join([printed[0], *health[-1:]])

    def _refused(self, number: int, comment: str) -> str:
        """Why an apply was refused."""
        why = re.search(r"Pull request must be approved[^\n.]*|approvals are missing[^\n]*", comment)
        if why is None or APPLIED in comment:
            raise self._unexpected(number, comment, "a refusal because approvals are missing")
        return why[0]

    def _expect(self, number: int, comment: str, text: str) -> None:
        if text not in comment:
            raise self._unexpected(number, comment, repr(text))

    def _unexpected(self, number: int, comment: str, missing: str) -> InfragateError:
        """The error for a comment that was not expected, with the exit code of the step that wrote it."""
        status = _STATUS.search(comment)
        kind = next((each for each in _KINDS if status and each.exit_code == int(status[1])), Blocked)
        told = " ".join((atlantis_text.block(comment) or comment).split())[:300]
        return kind(
            f"pull request {number}: the comment does not have {missing}: {told}",
            where=str(self.pulls.server.log),
            fix="read the comment; --keep leaves the server's folder",
        )

    def _needed(self, number: int) -> int:
        return max(1, int(self._gate(number)["verdict"]["approvals_required"]))

    def _gate(self, number: int) -> dict[str, Any]:
        """What the gate decided, from the report that the step left on the server."""
        folder = own_folder.path(self.pulls.server.clone(number)) / "atlantis" / self.environment.name
        judged: dict[str, Any] = json.loads(files.read(folder / "gate.json") or "{}")["result"]
        return judged

    def _folder(self, number: int) -> Path:
        return self.pulls.server.clone(number) / self.environment.directory

    def _reviewers(self) -> tuple[str, ...]:
        """People who may approve a change of the Stack: members of the teams that own it, or its owners themselves."""
        owners_of = codeowners_file.owners_of(lambda name: files.read(self.pulls.root / name))
        owners = owners_of(f"{self.environment.directory}/main.tf") if owners_of else ()
        names = [owner.removeprefix("@") for owner in owners if owner.startswith("@")]
        people = (*(name for name in names if "/" not in name), *PEOPLE)
        for team in (name for name in names if "/" in name):
            self.pulls.server.github.members[team] = dict.fromkeys(people, "active")
        return people
