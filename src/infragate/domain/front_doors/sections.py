"""The optional sections of `infra/environments.yaml`: which front doors the project uses, and who owns its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infragate.domain.drift.record import DriftLevel
from infragate.domain.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlantis:
    """The Atlantis server of the project.

    Attributes:
        url: where people and GitHub reach it.
        workflow: the name of its custom workflow.
        branch: pull requests into this branch are planned and applied.
        policy_check: Atlantis' own policy check is on as well.
    """

    url: str
    workflow: str = "infragate"
    branch: str = "main"
    policy_check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Whose approval a change of these files needs: infra/ and modules/, and what judges a change."""

    platform: tuple[str, ...]
    security: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannels:
    """Where drift is told, by how bad it is."""

    critical: str
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How drift is told.

    Attributes:
        slack: the channels of all Environments, and of those that have their own, by name.
        new_issues_per_run: the most issues that a run opens.
        labels: of a new issue.
    """

    slack: SlackChannels | None = None
    own_slack: Mapping[str, SlackChannels] = field(default_factory=dict)
    new_issues_per_run: int = 5
    labels: tuple[str, ...] = ("drift",)

    def channel(self, environment: str, level: DriftLevel) -> str:
        """The channel for an Environment.

        Raises:
            BadInput: none is named.
        """
        channels = self.own_slack.get(environment, self.slack)
        if channels is None:
            fix = "add slack: {critical: '#...', warning: '#...'}"
            raise BadInput("no channels are named for a bot token", where="infra/environments.yaml", fix=fix)
        return channels.critical if level == "critical" else channels.warning


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoors:
    """The sections; None for one that the file does not have."""

    atlantis: Atlantis | None = None
    owners: Owners | None = None
    telling: Telling = field(default_factory=Telling)


NONE = FrontDoors()


def read(document: Mapping[str, Any]) -> FrontDoors:
    """The sections of a document that matches its JSON Schema."""
    owners = document.get("owners")
    return FrontDoors(
        atlantis=Atlantis(**document["atlantis"]) if "atlantis" in document else None,
        owners=Owners(**{role: tuple(names) for role, names in owners.items()}) if owners else None,
        telling=_telling(document),
    )


def _telling(document: Mapping[str, Any]) -> Telling:
    settings = document.get("drift", {})
    own = {name: entry["slack"] for name, entry in document["environments"].items() if "slack" in entry}
    return Telling(
        slack=SlackChannels(**document["slack"]) if "slack" in document else None,
        own_slack={name: SlackChannels(**channels) for name, channels in own.items()},
        **{**settings, **({"labels": tuple(settings["labels"])} if "labels" in settings else {})},
    )
