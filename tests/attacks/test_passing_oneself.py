"""A pull request that edits what judges it does not pass itself: the real steps of an Atlantis server, each attempt alone.

What the server itself refuses before a step runs (workflows, requirements, names) is tried in tests/e2e/test_atlantis.py.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.passing_rows import PASSING
from tests.attacks.test_gate_attacks import REPORT, TRIVY, WAIVER
from tests.e2e.product import ROOT
from tests.scanners import fake_infracost
from tests.verbs.atlantis_project import DIRECTORY, Project, propose, value_changed
from tests.verbs.world import World

from github_emulator.github import GitHub
from github_emulator.server import serving

STRICT = """schema_version: 1
default:
  required: [code, trivy-plan, infracost]
  apply: nothing
  cost: {threshold_percent: 10, over: block}
"""
LAX = "schema_version: 1\ndefault: {required: [], apply: nothing}\n"
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
BY_ITSELF = {"BASE_BRANCH_NAME": "change", "INFRAGATE_BASE_BRANCHES": "main,change"}
NOTHING_BAD = "#!/bin/sh\necho '{}'\n"

# What each attempt adds to a file, or its whole text where the old one is to be replaced (old, new).
Edits = Mapping[str, str | tuple[str, str]]
EDITS: dict[str, Edits] = {
    "a-gate-that-requires-less": {"policy/gate.yaml": ("", LAX)},
    "a-waiver-of-its-own": {"policy/waivers.yaml": ("", WAIVER % TOMORROW)},
    "a-higher-cost-threshold": {"policy/gate.yaml": ("threshold_percent: 10,", "threshold_percent: 1000,")},
    "prices-of-its-own": {
        "policy/prices/ap-northeast-2.yaml": ("", "schema_version: 1\n"),
        f"{DIRECTORY}/infracost-usage.yml": "version: 0.1\n",
        "infracost.yml": "version: 0.1\n",
    },
    "another-scanner": {
        "policy/tools/tools.lock": ('">=0.76,<0.77"', '">=0.75,<0.76"'),
        "trivy": NOTHING_BAD,
        f"{DIRECTORY}/trivy": NOTHING_BAD,
        ".infragate/tools/trivy": NOTHING_BAD,
    },
    "an-account-of-its-own": {"infra/environments.yaml": ('"111111111111"', '"444444444444"')},
    "tasks-that-end-with-0": {
        "tasks.py": "raise SystemExit(0)\n",
        "inv": ("", "#!/bin/sh\nexit 0\n"),
        f"{DIRECTORY}/sitecustomize.py": "raise SystemExit(0)\n",
    },
    "projects-of-its-own": {"atlantis.yaml": ('name: "dev"', 'name: "prod"')},
    "a-workflow-of-its-own": {
        ".github/workflows/infra-checks.yml": ("", "on: pull_request_target\n"),
        "workflows/atlantis/repos.yaml": ("", "repos: [{id: /.*/, allow_custom_workflows: true}]\n"),
    },
    "owners-of-its-own": {".github/CODEOWNERS": "* @alice\n"},
    "settings-of-scanners": {
        f"{DIRECTORY}/main.tf": "\n#trivy:ignore:AWS-0053\n",
        f"{DIRECTORY}/.trivyignore": "AWS-0053\n",
        ".trivyignore": "AWS-0053\n",
        "trivy.yaml": "severity: []\n",
        ".checkov.yaml": "skip-check: [CKV_AWS_2]\n",
        ".tfsec/config.yml": "exclude: []\n",
    },
    "settings-of-infragate": {
        ".env": "INFRAGATE_BASE_BRANCHES=change\n",
        f"{DIRECTORY}/.env": "INFRAGATE_TRUSTED_ROOT=.\n",
        ".github/infragate.env": "INFRAGATE_ISOLATION=none\n",
    },
    "a-prepared-plan": {
        f"{DIRECTORY}/dev-default.tfplan": '{"schema_version": 1}',
        "plan.tfplan.manifest.json": "{}",
    },
}
# Refused before there is a plan to judge: the edits, the exit code and the words.
REFUSED: dict[str, tuple[Edits, int, str]] = {
    "a-prepared-data-folder": (
        {f"{DIRECTORY}/.terraform/terraform.tfstate": "{}"},
        8,
        "git tracks what Terraform writes for itself",
    ),
    "rules-for-code-of-its-own": (
        {
            f"{DIRECTORY}/main.tf": 'data "terraform_remote_state" "theirs" {\n  backend = "local"\n}\n',
            "policy/code.yaml": "schema_version: 1\ndata_sources: {refused: []}\n",
        },
        8,
        "data terraform_remote_state runs a program, reads another state",
    ),
    "a-lock-of-its-own-modules": (
        {"infra/modules.lock": ('"tree": "sha256:fa', '"tree": "sha256:af')},
        7,
        "its files differ from commit",
    ),
}
# By its own branch the Verdict would be another one: these attempts would work if a pull request could judge itself.
REAL = ("a-gate-that-requires-less", "a-waiver-of-its-own", "a-higher-cost-threshold")
# What of an attempt the comment names; the rest of it is nothing that decides.
DECIDING = ("policy/", "infra/environments.yaml", "tasks.py", "inv", "atlantis.yaml", ".github/", "workflows/")


def edit(root: Path, edits: Edits) -> None:
    value_changed(root)
    for name, change in edits.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() if path.exists() else ""
        old, new = change if isinstance(change, tuple) else ("", before + change)
        assert old in before, (name, old)
        path.write_text(before.replace(old, new) if old else new)


def dearer_plan() -> dict[str, Any]:
    """A plan of the example's dev that doubles its tasks."""
    document: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "plans" / "fileflow-dev.json").read_text())
    document["prior_state"] = {"values": copy.deepcopy(document["planned_values"])}
    children = document["planned_values"]["root_module"]["child_modules"]
    (service,) = (row for child in children for row in child["resources"] if row["type"] == fake_infracost.SERVICE)
    service["values"]["desired_count"] *= 2
    return document


@pytest.fixture(scope="module")
def base(applied: World) -> Iterator[World]:
    """The base branch: a plan must cost no more than a tenth, and trivy finds a fault in each."""
    before = applied.git("rev-parse", "HEAD")
    fake_infracost.install(applied.programs)
    trivy = applied.programs / "trivy"
    trivy.write_text(TRIVY % json.dumps(REPORT))
    trivy.chmod(0o755)
    (applied.root / "policy" / "gate.yaml").write_text(STRICT)
    for name in ("tasks.py", "inv", "atlantis.yaml"):
        shutil.copy(ROOT / name, applied.root / name)
    for name in (".github", "workflows"):
        shutil.copytree(ROOT / name, applied.root / name, dirs_exist_ok=True)
    applied.commit("rules")
    applied.record("dearer", "create", plan=dearer_plan())
    applied.order(dev="dearer")
    yield applied
    applied.restore(before)
    trivy.unlink()
    (applied.programs / "infracost").unlink()


@pytest.fixture(scope="module")
def github() -> Iterator[GitHub]:
    with serving() as served:
        yield served


def verdict(project: Project, **more: str) -> tuple[dict[str, Any], str]:
    """The Verdict over the pull request, and the comment."""
    done = project.step("atlantis-plan", **more)
    document = json.loads((project.reports / "atlantis-plan.json").read_text())
    assert document["result"] is not None, done.out
    found: dict[str, Any] = document["result"]["gate"]["verdict"]
    assert (done.code == 8) == (found["decision"] == "block"), done.out
    return found, done.out


@pytest.fixture(scope="module")
def honest(base: World, github: GitHub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The Verdict over a pull request that edits nothing that judges it."""
    found, _ = verdict(propose(base, tmp_path_factory.mktemp("honest"), github))
    assert found["decision"] == "block"
    assert len(found["reasons"]) == 2, found
    return found


@pytest.mark.parametrize("attempt", EDITS)
def test_the_verdict_stays_and_what_was_edited_is_named(
    base: World, github: GitHub, honest: dict[str, Any], tmp_path: Path, attempt: str
) -> None:
    project = propose(base, tmp_path, github, lambda root: edit(root, EDITS[attempt]))
    found, comment = verdict(project)
    assert found == honest
    assert not project.plan_file.exists()
    named = [name for name in EDITS[attempt] if name.startswith(DECIDING)]
    assert [name for name in named if f"{name} differs from the trusted one" not in comment] == []
    if attempt in REAL:
        assert verdict(project, **BY_ITSELF)[0] != honest


@pytest.mark.parametrize("attempt", REFUSED)
def test_what_is_refused_before_there_is_a_plan_stays_refused(
    base: World, github: GitHub, tmp_path: Path, attempt: str
) -> None:
    edits, code, words = REFUSED[attempt]
    project = propose(base, tmp_path, github, lambda root: edit(root, edits))
    done = project.step("atlantis-plan")
    assert (done.code, words in done.out, project.plan_file.exists()) == (code, True, False), done.out


def test_each_attempt_has_its_row() -> None:
    assert PASSING.keys() == EDITS.keys() | REFUSED.keys()
