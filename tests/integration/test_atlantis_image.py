"""The image and the compose file of the server: each path in them exists, and what they set up lets nobody past."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.e2e.product import ROOT

from infragate.adapters.local import environments_file
from infragate.adapters.tools import tools_file
from infragate.domain.front_doors import atlantis_server

FOLDER = ROOT / "workflows" / "atlantis"


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments, in order."""
    text = re.sub(r"(?m)^#.*\n", "", (FOLDER / "Dockerfile").read_text()).replace("\\\n", " ")
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in text.splitlines() if line.strip()]


def of(word: str) -> list[str]:
    return [argument for name, argument in instructions() if name == word]


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return document


def variables() -> dict[str, str]:
    """What the server gets: of the image, and of the compose file with the values of example.env or some."""
    values = dict(line.split("=", 1) for line in (FOLDER / "example.env").read_text().splitlines() if "=" in line)
    image = dict(pair.split("=", 1) for argument in of("ENV") for pair in argument.split())
    given = compose()["services"]["atlantis"]["environment"]
    filled = {
        name: re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: values[found[1]] or "1", value)
        for name, value in given.items()
    }
    return {**image, **filled}


def test_the_base_image_is_pinned_by_a_digest_that_must_be_given() -> None:
    (base,) = of("FROM")
    assert base == "ghcr.io/runatlantis/atlantis:${ATLANTIS_VERSION}-debian@${ATLANTIS_DIGEST}"
    assert "ATLANTIS_DIGEST" in of("ARG")  # without a default
    args = compose()["services"]["atlantis"]["build"]["args"]
    assert args["ATLANTIS_DIGEST"].startswith("${ATLANTIS_DIGEST:?")


def test_its_version_is_the_pinned_one() -> None:
    (tool,) = tools_file.read(tools_file.path(ROOT)).select(("atlantis",))
    assert f"ATLANTIS_VERSION=v{tool.version}" in of("ARG")


def test_every_file_that_is_copied_exists() -> None:
    sources = [source for argument in of("COPY") for source in argument.split()[:-1]]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_packages_are_installed_with_hashes_and_programs_by_their_pins() -> None:
    installs = [command for command in of("RUN") if "./inv" in command]
    assert len(installs) == 1
    assert "--require-hashes" in (ROOT / "inv").read_text()
    names = re.findall(r"--tool (\S+)", installs[0])[0].split(",")
    usual = {tool.name for tool in tools_file.read(tools_file.path(ROOT)).select(()) if tool.name != "opa"}
    assert set(names) == usual


def test_the_server_runs_as_a_user_of_its_own_and_may_not_write_what_it_runs() -> None:
    assert of("USER")[-1] == "atlantis"
    (given,) = [command for command in of("RUN") if "chown" in command]
    assert set(re.findall(r"chown -h -R atlantis (.*)", given)[0].split()) == {
        "/var/lib/infragate/state",
        "/var/lib/infragate/cache",
    }


def test_the_paths_of_the_compose_file_are_those_of_the_image() -> None:
    service = compose()["services"]["atlantis"]
    assert (FOLDER / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    targets = {volume.partition(":")[2] for volume in service["volumes"]}
    assert {variables()["ATLANTIS_DATA_DIR"], variables()["INFRAGATE_STATE"]} == targets
    assert variables()["ATLANTIS_REPO_CONFIG"] in " ".join(of("COPY"))
    assert {volume.partition(":")[0] for volume in service["volumes"]} == set(compose()["volumes"])
    assert f"/run/secrets/{service['secrets'][0]}" == variables()["ATLANTIS_GH_APP_KEY_FILE"]


def test_what_holds_secrets_is_not_in_git() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    for name in (".env", Path(compose()["secrets"]["app-key"]["file"]).name):
        assert f"/workflows/atlantis/{name}" in ignored
        assert not (FOLDER / name).exists()


def test_the_judge_of_settings_has_no_complaint() -> None:
    document = yaml.safe_load((FOLDER / "repos.yaml").read_text())
    settings = atlantis_server.server_settings((), variables())
    assert atlantis_server.of_server(settings, document) == ()


@pytest.mark.parametrize("name", ["ATLANTIS_GH_WEBHOOK_SECRET", "ATLANTIS_CHECKOUT_STRATEGY"])
def test_the_judge_would_see_that_one_is_missing(name: str) -> None:
    document = yaml.safe_load((FOLDER / "repos.yaml").read_text())
    left = {key: value for key, value in variables().items() if key != name}
    assert len(atlantis_server.of_server(atlantis_server.server_settings((), left), document)) == 1


def test_the_repository_of_the_example_is_the_project_s() -> None:
    github = environments_file.load(ROOT).github
    assert variables()["ATLANTIS_REPO_ALLOWLIST"] == f"{github.host}/{github.owner}/{github.repository}"
