"""The files of Atlantis, made from environments.yaml."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from tests.unit import projects

from infragate.domain.environment import Project, project
from infragate.domain.errors import BadInput
from infragate.domain.front_doors import atlantis_files, atlantis_settings
from infragate.domain.front_doors.stack_inputs import StackInputs


def with_atlantis(**changes: Any) -> Project:
    document = {
        **projects.document(),
        "atlantis": {"url": "https://a.example/", **changes.pop("atlantis", {})},
        **changes,
    }
    return project(document, file="f")


def repository(typed: Project, *shared: str, **inputs: StackInputs) -> Any:
    usual = {one.name: StackInputs(environment=one.name, directory=one.directory) for one in typed.environments}
    return yaml.safe_load(atlantis_files.repository_file(typed, {**usual, **inputs}, shared))


def entry(typed: Project) -> Any:
    (only,) = yaml.safe_load(atlantis_files.server_file(typed))["repos"]
    return only


def test_each_environment_is_a_project_in_the_order_of_the_file() -> None:
    document = repository(with_atlantis())
    named = [(one["name"], one["dir"]) for one in document["projects"]]
    assert named == [("dev", "infra/envs/dev"), ("prod", "infra/envs/prod")]


def test_an_environment_is_applied_after_all_before_it_and_planned_beside_them() -> None:
    first, last = repository(with_atlantis())["projects"]
    assert "depends_on" not in first
    assert last["depends_on"] == ["dev"]
    assert "execution_order_group" not in last


def test_the_repository_file_sets_nothing_that_the_server_refuses() -> None:
    document = repository(with_atlantis())
    assert set(document) == {"version", "parallel_plan", "autodiscover", "projects"}
    assert (document["version"], document["parallel_plan"], document["autodiscover"]) == (3, True, {"mode": "disabled"})
    assert set(document["projects"][0]) == {"name", "dir", "branch", "autoplan"}


def test_a_project_is_planned_after_a_change_of_anything_that_its_plan_depends_on() -> None:
    dev = StackInputs(
        environment="dev",
        directory="infra/envs/dev",
        modules=("infra/envs/dev/own", "modules/a[1]"),
        files=("infra/hosts.json",),
    )
    document = repository(with_atlantis(), "infra/all.tfvars", dev=dev)
    assert document["projects"][0]["autoplan"] == {
        "enabled": True,
        "when_modified": [
            ".",
            "**/*",
            "../../modules.lock",
            "../../environments.yaml",
            "../../../policy",
            "../../../policy/**/*",
            "../../../modules/a\\[1\\]",
            "../../../modules/a\\[1\\]/**/*",
            "../../hosts.json",
            "../../all.tfvars",
        ],
    }
    assert "../../hosts.json" not in document["projects"][1]["autoplan"]["when_modified"]


def test_a_name_that_yaml_reads_as_something_else_stays_a_name() -> None:
    document = projects.document()
    environments = {name: {"account_id": f"{number:012}"} for number, name in enumerate(("on", "null", "e1"))}
    typed = with_atlantis(environments=environments, state={**document["state"], "account_id": "9" * 12})
    assert [one["name"] for one in repository(typed)["projects"]] == ["on", "null", "e1"]


def test_the_server_requires_everything_and_lets_the_repository_decide_nothing() -> None:
    assert entry(with_atlantis()) == {
        "id": "github.com/acme/fileflow",
        "branch": "/^main$/",
        "workflow": "infragate",
        "plan_requirements": [],
        "apply_requirements": ["approved", "mergeable", "undiverged"],
        "import_requirements": ["approved", "mergeable", "undiverged"],
        "allowed_overrides": [],
        "allow_custom_workflows": False,
        "autodiscover": {"mode": "disabled"},
    }


def test_the_server_runs_two_steps_and_none_of_its_own() -> None:
    document = yaml.safe_load(atlantis_files.server_file(with_atlantis(atlantis={"workflow": "on"})))
    assert document["workflows"] == {
        "on": {
            "plan": {"steps": [{"run": "infragate atlantis-plan"}]},
            "apply": {"steps": [{"run": "infragate atlantis-apply"}]},
            "policy_check": {"steps": []},
            "import": {"steps": []},
            "state_rm": {"steps": []},
        }
    }
    assert document["repos"][0]["workflow"] == "on"


def test_the_repository_is_named_with_its_host_and_the_branch_exactly() -> None:
    typed = with_atlantis(
        atlantis={"branch": "release/1.x"}, github={**projects.document()["github"], "host": "ghe.acme.example"}
    )
    assert entry(typed)["id"] == "ghe.acme.example/acme/fileflow"
    assert entry(typed)["branch"] == r"/^release/1\.x$/"
    assert repository(typed)["projects"][0]["branch"] == r"/^release/1\.x$/"


def test_nothing_in_the_rendered_rules_opens_the_door() -> None:
    assert atlantis_settings.of_file(yaml.safe_load(atlantis_files.server_file(with_atlantis()))) == ()


def test_the_app_may_do_no_more_than_the_server_needs() -> None:
    manifest = json.loads(atlantis_files.app_manifest(with_atlantis()))
    assert manifest["hook_attributes"] == {"url": "https://a.example/events", "active": True}
    assert manifest["public"] is False
    assert {name for name, level in manifest["default_permissions"].items() if level != "read"} == {
        "pull_requests",
        "statuses",
    }
    assert manifest["default_events"] == ["issue_comment", "pull_request"]
    assert len(manifest["name"]) <= 34


def test_a_project_without_atlantis_has_no_such_files() -> None:
    with pytest.raises(ValueError, match="no Atlantis"):
        atlantis_files.server_file(projects.typed())


CHECKED = {"atlantis": {"policy_check": True}}


def owned(*security: str) -> Project:
    return with_atlantis(**CHECKED, owners={"platform": ["@acme/platform"], "security": list(security)})


def test_the_policy_check_is_rendered_if_the_project_wants_it() -> None:
    document = yaml.safe_load(atlantis_files.server_file(owned("@ACME/security", "@erin")))
    assert document["workflows"]["infragate"]["policy_check"] == {"steps": [{"run": "infragate atlantis-policy-check"}]}
    assert document["repos"][0]["custom_policy_check"] is True
    assert document["policies"] == {
        "policy_sets": [
            {
                "name": "infragate",
                "approve_count": 1,
                "prevent_self_approve": True,
                "owners": {"users": ["erin"], "teams": ["security"]},
            }
        ]
    }
    assert atlantis_settings.of_file(document) == ()


@pytest.mark.parametrize("security", ["@erin", "@acme/security"])
def test_users_alone_or_teams_alone_may_approve_the_policy_check(security: str) -> None:
    assert atlantis_settings.of_file(yaml.safe_load(atlantis_files.server_file(owned(security)))) == ()


@pytest.mark.parametrize("typed", [with_atlantis(**CHECKED), owned("@elsewhere/security")], ids=["nobody", "others"])
def test_a_policy_check_that_nobody_could_approve_is_refused(typed: Project) -> None:
    with pytest.raises(BadInput, match="nobody can approve the policy check"):
        atlantis_files.server_file(typed)
