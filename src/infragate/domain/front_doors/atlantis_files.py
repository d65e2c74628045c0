"""The files that Atlantis reads: projects, the server's rules for the repository, the manifest of its GitHub App."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.domain.front_doors import stack_inputs
from infragate.domain.front_doors.sections import Atlantis
from infragate.domain.front_doors.stack_inputs import StackInputs

REPOSITORY_FILE = "atlantis.yaml"
SERVER_FILE = "workflows/atlantis/repos.yaml"
APP_FILE = "workflows/atlantis/app-manifest.json"
REQUIREMENTS = ("approved", "mergeable", "undiverged")
# The whole of each stage. Those without a step would otherwise run Atlantis' own, outside of every wall.
STAGES: Mapping[str, tuple[str, ...]] = {
    "plan": ("infragate atlantis-plan",),
    "apply": ("infragate atlantis-apply",),
    "policy_check": (),
    "import": (),
    "state_rm": (),
}
POLICY_STEP, POLICY_SET = "infragate atlantis-policy-check", "infragate"
# The least that the server needs: clone, comment, set statuses, read who approved and who owns files.
_PERMISSIONS = {
    "contents": "read",
    "issues": "read",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
_EVENTS = ("issue_comment", "pull_request")


def repository_file(project: Project, inputs: Mapping[str, StackInputs], shared_values: Iterable[str]) -> str:
    """`atlantis.yaml`: a project for each Environment.

    Workflow and requirements are the server's: Atlantis refuses a repository's file that names them. Each Environment
    waits for the apply of those before it. Groups of an execution order would do that only for an apply of all, goes on
    after one that failed, and makes the plans wait for each other too.

    Args:
        inputs: of each Environment, by name.
    """
    atlantis, shared = _atlantis(project), tuple(shared_values)
    lines = [
        "# From infra/environments.yaml and the code. Projects of your own may follow below the end of this part.",
        "# The server decides workflow and requirements (workflows/atlantis/repos.yaml): they are refused here.",
        "version: 3",
        "parallel_plan: true",
        "autodiscover:",
        "  mode: disabled",
        "projects:",
    ]
    earlier: list[str] = []
    for environment in project.environments:
        patterns = stack_inputs.when_modified(inputs[environment.name], shared)
        lines += [
            f"  - name: {_quoted(environment.name)}",
            f"    dir: {_quoted(environment.directory)}",
            f"    branch: {_quoted(_branch(atlantis))}",
            *([f"    depends_on: [{', '.join(earlier)}]"] if earlier else ()),
            "    autoplan:",
            "      enabled: true",
            "      when_modified:",
            *(f"        - {_quoted(pattern)}" for pattern in patterns),
        ]
        earlier.append(_quoted(environment.name))
    return "\n".join(lines)


def server_file(project: Project) -> str:
    """`repos.yaml`: what the server runs for the repository, and what it requires.

    Raises:
        BadInput: the policy check is on, and nobody can approve it.
    """
    atlantis, github = _atlantis(project), project.github
    requirements = f"[{', '.join(REQUIREMENTS)}]"
    entry = {
        "id": _quoted(f"{github.host}/{github.owner}/{github.repository}"),
        "branch": _quoted(_branch(atlantis)),
        "workflow": _quoted(atlantis.workflow),
        "plan_requirements": "[]",
        "apply_requirements": requirements,
        "import_requirements": requirements,
        "allowed_overrides": "[]",
        "allow_custom_workflows": "false",
        **({"custom_policy_check": "true"} if atlantis.policy_check else {}),
    }
    first, *others = (f"{key}: {value}" for key, value in entry.items())
    lines = [
        "# For atlantis server --repo-config. Entries for other repositories may follow below the end of this part:",
        "# each must repeat the requirements, since the last entry that matches decides.",
        "workflows:",
        f"  {_quoted(atlantis.workflow)}:",
        *_stages(policy_check=atlantis.policy_check),
        "repos:",
        f"  - {first}",
    ]
    lines += [*(f"    {line}" for line in others), "    autodiscover:", "      mode: disabled"]
    return "\n".join([*lines, *(_policies(project) if atlantis.policy_check else ())])


def stages(*, policy_check: bool) -> Mapping[str, tuple[str, ...]]:
    """The commands of each stage."""
    return {**STAGES, "policy_check": (POLICY_STEP,)} if policy_check else STAGES


def _policies(project: Project) -> Iterator[str]:
    """One set, for the one text that the step prints. Nobody may approve every set: that needs no `owners` above them."""
    yield "policies:"
    yield "  policy_sets:"
    yield f"    - name: {_quoted(POLICY_SET)}"
    yield "      approve_count: 1"
    yield "      prevent_self_approve: true"
    yield "      owners:"
    for kind, names in _approvers(project).items():
        if names:
            yield f"        {kind}: [{', '.join(map(_quoted, names))}]"


def _approvers(project: Project) -> dict[str, list[str]]:
    """The owners in the words of Atlantis. It knows teams by their short name, of the repository's organisation alone.

    Raises:
        BadInput: there is none.
    """
    owners, own = project.front_doors.owners, project.github.owner.lower()
    names = [name.removeprefix("@").partition("/") for name in (owners.security if owners else ())]
    users = [first for first, slash, _ in names if not slash]
    teams = [team for first, slash, team in names if slash and first.lower() == own]
    if not users and not teams:
        raise BadInput(
            "atlantis.policy_check is on, and nobody can approve the policy check",
            where=project.file,
            fix=f'name users, or teams of {project.github.owner}: owners: {{security: ["@..."]}}',
        )
    return {"users": users, "teams": teams}


def _stages(*, policy_check: bool) -> Iterator[str]:
    for stage, commands in stages(policy_check=policy_check).items():
        yield f"    {stage}:"
        yield "      steps:" if commands else "      steps: []"
        yield from (f"        - run: {command}" for command in commands)


def app_manifest(project: Project) -> str:
    """The manifest of the GitHub App of the server."""
    atlantis = _atlantis(project)
    manifest = {
        "name": f"{project.github.owner}-{project.service}-atlantis"[:34],  # as long as GitHub lets it be
        "description": f"Atlantis of {project.github.owner}/{project.github.repository}",
        "url": atlantis.url,
        "hook_attributes": {"url": f"{atlantis.url.rstrip('/')}/events", "active": True},
        "public": False,
        "default_permissions": _PERMISSIONS,
        "default_events": list(_EVENTS),
    }
    return json.dumps(manifest, indent=2) + "\n"


def _atlantis(project: Project) -> Atlantis:
    atlantis = project.front_doors.atlantis
    if atlantis is None:
        raise ValueError("the project has no Atlantis")
    return atlantis


def _branch(atlantis: Atlantis) -> str:
    return f"/^{re.escape(atlantis.branch)}$/"


def _quoted(text: str) -> str:
    """A text in YAML; some names would be read as something else (`on`, `1e3`)."""
    return json.dumps(text)
