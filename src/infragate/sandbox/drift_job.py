"""`drift --tell` as a job runs it: the console script, before the emulators of GitHub and of Slack."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from github_emulator.github import TOKEN
from infragate.adapters.process import children
from infragate.domain.errors import ToolFailed
from infragate.sandbox.atlantis_server import AtlantisServer
from slack_emulator import server as slack_server
from slack_emulator.slack import Slack

PATIENCE = 900.0  # seconds for one run


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftJob:
    """The job of the checkout whose pull requests a server plans and applies."""

    server: AtlantisServer
    slack: Slack

    def run(self, environment: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """An Environment's Stack, and what was told of it, as the document of the run has them.

        Raises:
            ToolFailed: the run ended without having looked at the Stack.
        """
        program = Path(sys.executable).with_name("infragate")  # the console script is there
        done = children.run(
            [str(program), "drift", "--env", environment, "--tell", "--json"],
            cwd=self.server.origin,
            env={**self.server.environment(), **self._told()},
            timeout=PATIENCE,
            success_codes=None,
        )
        try:
            document: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            document = {"exit_code": done.returncode, "error": {"message": done.stderr.strip()[-300:]}}
        if document["exit_code"] != 0:
            message = f"drift ended with {document['exit_code']}: {document['error']['message']}"
            raise ToolFailed(message, where=environment, fix="run it again with --keep, and look at the copy")
        result = document["result"]
        return result["stacks"][0], result["told"][0]

    def said(self) -> list[str]:
        """The texts of all messages in Slack."""
        return [message.text for message in self.slack.messages]

    def issue(self, told: dict[str, Any]) -> tuple[int, str, str]:
        """Number, title and state of the issue that was told of."""
        number = int(str(told["issue_url"]).rpartition("/")[2])
        issue = self.server.github.issues[number]
        return number, issue.title, issue.state

    def _told(self) -> dict[str, str]:
        """Whom to tell; a webhook has a channel of its own, so the project need not name any."""
        github = {"GITHUB_API_URL": f"{self.server.github.url}/api/v3", "GITHUB_TOKEN": TOKEN}
        return {**github, **slack_server.webhook_environment(self.slack)}


@contextmanager
def standing(server: AtlantisServer) -> Iterator[DriftJob]:
    """The job, and Slack while the block runs."""
    with slack_server.serving() as slack:
        yield DriftJob(server=server, slack=slack)
