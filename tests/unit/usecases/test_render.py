"""Pages that are made from code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infragate.domain.errors import BadInput
from infragate.domain.modules.module_page import BEGIN, END
from infragate.usecases import render
from infragate.usecases.render import RenderRequest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    module = tmp_path / "modules" / "topic"
    module.mkdir(parents=True)
    (module / "main.tf").write_text('variable "name" {\n  description = "Its name."\n}\n')
    (module / "README.md").write_text(f"# topic\n\n{BEGIN}\n{END}\n")
    return tmp_path


def states(root: Path, *, check: bool) -> list[str]:
    return [page.state for page in render.run(RenderRequest(root=root, check=check)).pages]


def test_the_pages_of_this_repository_say_what_its_code_says() -> None:
    found = render.run(RenderRequest(root=ROOT, check=True))
    assert [page.path for page in found.pages if page.state != "current"] == []
    assert found.findings == ()
    assert [page.path for page in found.pages if not page.path.startswith("modules/")] == [
        "atlantis.yaml",
        "workflows/atlantis/repos.yaml",
        "workflows/atlantis/app-manifest.json",
        ".github/CODEOWNERS",
        "docs/roles.md",
        "docs/tags.md",
        "docs/alarms.md",
    ]
    assert len(found.pages) == 14


def test_a_stale_page_is_found_and_left_as_it_is(root: Path) -> None:
    before = (root / "modules/topic/README.md").read_text()
    assert states(root, check=True) == ["stale"]
    assert (root / "modules/topic/README.md").read_text() == before


def test_a_page_is_written_once(root: Path) -> None:
    assert states(root, check=False) == ["written"]
    assert states(root, check=False) == ["current"]
    assert "| `name` | Its name. |" in (root / "modules/topic/README.md").read_text()


@pytest.mark.parametrize("text", [None, "# topic\n"])
def test_a_module_without_a_place_for_its_tables_is_bad_input(root: Path, text: str | None) -> None:
    page = root / "modules" / "topic" / "README.md"
    page.unlink()
    if text is not None:
        page.write_text(text)
    with pytest.raises(BadInput) as refused:
        states(root, check=False)
    assert refused.value.where == "modules/topic/README.md"


def test_a_page_that_is_a_link_is_not_written(root: Path) -> None:
    page, elsewhere = root / "modules" / "topic" / "README.md", root / "elsewhere.md"
    page.rename(elsewhere)
    page.symlink_to(elsewhere)
    with pytest.raises(BadInput, match="symbolic link"):
        states(root, check=False)
    assert elsewhere.read_text() == f"# topic\n\n{BEGIN}\n{END}\n"


def test_a_checkout_without_modules_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        states(tmp_path, check=True)


def test_the_table_of_alarms_names_every_alarm() -> None:
    folder = ROOT / "modules" / "alarms"
    code = re.findall(r"^    ([a-z0-9-]+) = \{$", (folder / "main.tf").read_text(), flags=re.MULTILINE)
    page = re.findall(
        r"^\| `([a-z0-9-]+)` \| .* \| (?:warning|critical) \|$", (folder / "README.md").read_text(), flags=re.MULTILINE
    )
    assert code == page
