"""Files that decide: no links, nothing of a foreign file in an error, a limit for their size."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.unit import projects

from infragate.adapters.local import environments_file, files, trust
from infragate.adapters.terraform import hcl
from infragate.adapters.tools import tools_file
from infragate.domain.errors import BadInput, InfragateError
from infragate.usecases.modules import module_pins

TOKEN = "ghp_T0k3nOfTheDeveloper"
FOREIGN = {
    "credentials of git": f"https://kim:{TOKEN}@github.com\n",
    "a profile": f"[default]\naws_secret_access_key = {TOKEN}\n",
    "a map": f"github.com:\n  oauth_token: {TOKEN}\n{TOKEN}: x\n",
    "a list": f"- {TOKEN}\n",
    "an alias": f"a: *{TOKEN}\n",
    "a tag": f"a: !{TOKEN} b\n",
    "a repeated key": f"{TOKEN}: 1\n{TOKEN}: 2\n",
    "JSON": f'{{"token": "{TOKEN}"}}',
}
READERS: dict[str, Callable[[Path], object]] = {
    "infra/environments.yaml": environments_file.load,
    "policy/tools/tools.lock": lambda root: tools_file.read(tools_file.path(root)),
    "infra/modules.lock": module_pins.read,
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(trust.SETTING, raising=False)
    folder = tmp_path / "checkout"
    (folder / "infra").mkdir(parents=True)
    (folder / "policy/tools").mkdir(parents=True)
    return folder


def refusal(read: Callable[[], object]) -> InfragateError:
    with pytest.raises(InfragateError) as caught:
        read()
    return caught.value


def told(error: InfragateError) -> str:
    return f"{error.message} {error.where} {error.fix} {[finding.message for finding in error.findings]}"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_link_is_refused_and_nothing_of_its_target_is_told(root: Path, name: str, content: str) -> None:
    target = root.parent / "of-the-developer"
    target.write_text(content)
    (root / name).symlink_to(target)
    error = refusal(lambda: READERS[name](root))
    assert error.exit_code == 3
    assert "link" in error.message
    assert TOKEN not in told(error)


@pytest.mark.parametrize("name", READERS)
def test_a_folder_above_may_not_be_a_link_either(root: Path, name: str) -> None:
    top = root / name.partition("/")[0]
    top.rename(root / "real")
    top.symlink_to("real")
    (root / name).write_text("{}")
    assert "link" in refusal(lambda: READERS[name](root)).message


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_file_that_is_no_environments_file_is_not_quoted(root: Path, content: str) -> None:
    (root / "infra/environments.yaml").write_text(content)
    assert TOKEN not in told(refusal(lambda: environments_file.load(root)))


@pytest.mark.parametrize("name", READERS)
def test_a_huge_file_is_refused_at_once(root: Path, name: str) -> None:
    with (root / name).open("wb") as file:
        file.truncate(200 * 2**20)
    began = time.monotonic()
    error = refusal(lambda: READERS[name](root))
    assert (error.exit_code, "larger than" in error.message) == (3, True)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("name", READERS)
def test_a_pipe_is_refused_and_not_waited_for(root: Path, name: str) -> None:
    os.mkfifo(root / name)
    assert refusal(lambda: READERS[name](root)).exit_code == 3


def test_a_huge_file_of_code_is_refused_at_once(root: Path) -> None:
    with (root / "main.tf").open("wb") as file:
        file.truncate(200 * 2**20)
    assert "larger than" in refusal(lambda: hcl.read(root / "main.tf")).message


def test_a_setting_that_is_empty_is_not_one_that_is_unset(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(trust.SETTING, "")
    (root / "infra/environments.yaml").write_text(yaml.safe_dump(projects.document(), sort_keys=False))
    with pytest.raises(BadInput, match="is empty"):
        environments_file.load(root)


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert files.content(tmp_path / "file", limit=5) == b"12345"
    assert "larger than" in refusal(lambda: files.content(tmp_path / "file", limit=4)).message
    assert files.content(tmp_path / "none") is None
