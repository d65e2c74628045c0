"""Which Stacks an open pull request touches: their drift may be about to be settled, so no issue is opened for them."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters.github import pull_requests
from infragate.domain.environment import Project
from infragate.domain.front_doors import touched as touches
from infragate.domain.front_doors.touched import Side
from infragate.usecases import changed

# Not `unreadable`: it would hold for every pull request. Not policy and settings: no resource changes by them.
_RULES = ("stack", "module", "file", "values")


def touched(root: Path, project: Project) -> dict[str, int]:
    """The Environments that open pull requests of the repository's own branches touch, with the first number.

    A fork's do not count: anybody could keep an issue away with one.

    Raises:
        BadInput, RemoteFailed: as `github_api.connection`.
    """
    github = project.github
    inputs = {one.name: changed.stack_inputs(root, one) for one in project.environments}
    side, numbers = Side(project=project, lock=None), dict[str, int]()
    for number, names in sorted(pull_requests.open_files(f"{github.owner}/{github.repository}").items()):
        reasons = touches.reasons(names, side, project, None, inputs)
        counting = [reason for reason in reasons if reason.rule in _RULES]
        for name in touches.environments(counting, project):
            numbers.setdefault(name, number)
    return numbers
