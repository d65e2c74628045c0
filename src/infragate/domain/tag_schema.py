"""The tags of every taggable resource: the one list that default_tags, modules, policy and docs/tags.md follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.environment import Environment, Project

PAGE = "docs/tags.md"
SETTING = "required_tags"  # in `settings:` of policy/gate.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A required tag.

    Attributes:
        value: what it says; source: what decides its value.
    """

    name: str
    value: str
    source: str


SCHEMA = (
    Tag(name="org", value="the organisation that pays", source="`org` of `infra/environments.yaml`"),
    Tag(name="env", value="the Environment", source="its name in `infra/environments.yaml`"),
    Tag(name="service", value="the service", source="`service` of `infra/environments.yaml`"),
    Tag(name="version", value="the release line of the service, such as 1.2", source="`service_version` of the tfvars"),
    Tag(name="owner", value="the team that answers for it", source="`owner` of `infra/environments.yaml`"),
)
NAMES = tuple(tag.name for tag in SCHEMA)


def required(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the required tags: those of the project's own setting, else those of the schema."""
    return tuple(str(name) for name in settings.get(SETTING, NAMES))


def expected(project: Project, environment: Environment) -> dict[str, str]:
    """The values that the project decides, by tag."""
    return {"org": project.org, "env": environment.name, "service": project.service, "owner": project.owner}


def table() -> str:
    """The schema as the table of docs/tags.md."""
    rows = [("tag", "says", "its value is"), *((f"`{tag.name}`", tag.value, tag.source) for tag in SCHEMA)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---|---|---|", *lines[1:]])
