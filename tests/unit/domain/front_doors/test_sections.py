"""The optional sections of environments.yaml."""

from __future__ import annotations

from tests.unit import projects

from infragate.domain.environment import project
from infragate.domain.front_doors.sections import Atlantis, FrontDoors, Owners


def test_a_project_without_the_sections_has_no_front_doors() -> None:
    assert projects.typed().front_doors == FrontDoors(atlantis=None, owners=None)


def test_a_section_gives_what_it_leaves_out_its_usual_value() -> None:
    document = {**projects.document(), "atlantis": {"url": "https://a.example"}}
    doors = project(document, file="f").front_doors
    assert doors.atlantis == Atlantis(url="https://a.example", workflow="infragate", branch="main", policy_check=False)


def test_owners_are_those_that_are_named() -> None:
    document = {**projects.document(), "owners": {"platform": ["@a/p", "@kim"], "security": ["@a/s"]}}
    assert project(document, file="f").front_doors.owners == Owners(platform=("@a/p", "@kim"), security=("@a/s",))


def test_the_repository_is_on_github_com_unless_something_else_is_said() -> None:
    document = projects.document()
    assert project(document, file="f").github.host == "github.com"
    document["github"]["host"] = "ghe.acme.example"
    assert project(document, file="f").github.host == "ghe.acme.example"
