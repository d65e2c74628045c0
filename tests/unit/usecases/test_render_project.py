"""Files that are made from environments.yaml: only those of what the project uses; what is written by hand stays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit import projects

from infragate.domain.errors import BadInput
from infragate.domain.front_doors.generated_part import LINES, PAGE
from infragate.usecases import render
from infragate.usecases.render import RenderRequest, RenderResult

ATLANTIS = {"url": "https://atlantis.example"}
OWNERS = {"platform": ["@acme/platform"], "security": ["@acme/security"]}
MODULE = 'terraform {}\nmodule "m" {\n  source = "../../../lib/m"\n}\n'
FILES = ["atlantis.yaml", "workflows/atlantis/repos.yaml", "workflows/atlantis/app-manifest.json"]


def checkout(root: Path, **sections: Any) -> Path:
    write(root, "infra/environments.yaml", yaml.safe_dump({**projects.document(), **sections}, sort_keys=False))
    for name in ("dev", "prod"):
        write(root, f"infra/envs/{name}/main.tf", "terraform {}\n")
    return root


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def rendered(root: Path, *, check: bool = False) -> RenderResult:
    return render.run(RenderRequest(root=root, check=check))


def states(root: Path, *, check: bool = False) -> dict[str, str]:
    return {page.path: page.state for page in rendered(root, check=check).pages}


def patterns(root: Path, number: int = 0) -> list[str]:
    found: list[str] = yaml.safe_load((root / "atlantis.yaml").read_text())["projects"][number]["autoplan"][
        "when_modified"
    ]
    return found


@pytest.mark.parametrize(
    ("sections", "expected"),
    [({"atlantis": ATLANTIS}, FILES), ({"owners": OWNERS}, [".github/CODEOWNERS"])],
    ids=["atlantis", "owners"],
)
def test_only_the_files_of_what_the_project_uses_are_written(
    tmp_path: Path, sections: dict[str, Any], expected: list[str]
) -> None:
    root = checkout(tmp_path, **sections)
    assert states(root) == dict.fromkeys(expected, "written")
    assert states(root, check=True) == dict.fromkeys(expected, "current")


def test_a_project_that_uses_nothing_has_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no modules found"):
        rendered(checkout(tmp_path))


def test_every_stale_file_is_named_and_none_is_written(tmp_path: Path) -> None:
    root = checkout(tmp_path, atlantis=ATLANTIS, owners=OWNERS)
    rendered(root)
    checkout(
        root, atlantis={"url": "https://other.example", "branch": "trunk"}, owners={**OWNERS, "security": ["@kim"]}
    )
    before = {name: (root / name).read_bytes() for name in [*FILES, ".github/CODEOWNERS"]}
    found = rendered(root, check=True)
    assert {finding.file for finding in found.findings} == set(before)
    assert all(finding.fails for finding in found.findings)
    assert {name: (root / name).read_bytes() for name in before} == before


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        rendered(checkout(tmp_path / name, atlantis=ATLANTIS, owners=OWNERS))
    for name in [*FILES, ".github/CODEOWNERS"]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", ["atlantis.yaml", "workflows/atlantis/repos.yaml", ".github/CODEOWNERS"])
def test_what_is_written_by_hand_around_the_part_stays(tmp_path: Path, name: str) -> None:
    root = checkout(tmp_path, atlantis=ATLANTIS, owners=OWNERS)
    rendered(root)
    text = f"# above\n{(root / name).read_text()}# below\n"
    write(root, name, text)
    checkout(root, atlantis={**ATLANTIS, "branch": "trunk"}, owners={**OWNERS, "platform": ["@kim"]})
    assert states(root)[name] == "written"
    renewed = (root / name).read_text()
    assert (renewed.startswith("# above\n"), renewed.endswith("\n# below\n")) == (True, True)
    assert renewed != text


@pytest.mark.parametrize("name", ["atlantis.yaml", "workflows/atlantis/repos.yaml", ".github/CODEOWNERS"])
def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path, name: str) -> None:
    root = checkout(tmp_path, atlantis=ATLANTIS, owners=OWNERS)
    write(root, name, "mine: 1\n")
    with pytest.raises(BadInput) as refused:
        rendered(root)
    assert refused.value.where == name
    assert (root / name).read_text() == "mine: 1\n"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    root = checkout(tmp_path / "checkout", atlantis=ATLANTIS)
    (tmp_path / "elsewhere").mkdir()
    (root / "workflows").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="symbolic link"):
        rendered(root)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_owners_are_written_where_the_project_has_them_already(tmp_path: Path) -> None:
    root = checkout(tmp_path, owners=OWNERS)
    write(root, "CODEOWNERS", f"* @kim\n{LINES.begin}\n{LINES.end}\n")
    assert states(root) == {"CODEOWNERS": "written"}


def test_a_line_that_takes_files_from_their_owners_fails_the_check(tmp_path: Path) -> None:
    root = checkout(tmp_path, owners=OWNERS)
    rendered(root)
    write(root, ".github/CODEOWNERS", (root / ".github/CODEOWNERS").read_text() + "* @mallory\n")
    (found,) = rendered(root, check=True).findings
    assert (found.id, found.file) == ("owners/below-the-generated-part", ".github/CODEOWNERS")


def test_an_entry_by_hand_that_opens_the_door_fails_the_check_at_its_line(tmp_path: Path) -> None:
    root, name = checkout(tmp_path, atlantis=ATLANTIS), "workflows/atlantis/repos.yaml"
    rendered(root)
    text = (root / name).read_text() + "  - id: /.*/\n    branch: /^main$/\n    workflow: infragate\n"
    write(root, name, text)
    found = rendered(root, check=True).findings
    assert [finding.id for finding in found] == ["atlantis/apply-requirements", "atlantis/repository"]
    assert {finding.line for finding in found} == {text.count("\n") - 2}


def test_yaml_by_hand_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    root = checkout(tmp_path, atlantis=ATLANTIS)
    rendered(root)
    write(root, "atlantis.yaml", (root / "atlantis.yaml").read_text() + "  - name: [\n")
    with pytest.raises(BadInput, match="not valid YAML"):
        rendered(root, check=True)


def test_tables_of_roles_are_written_where_the_page_has_a_place_for_them(tmp_path: Path) -> None:
    root = checkout(tmp_path, owners=OWNERS)
    write(root, "docs/roles.md", f"# Roles\n\n{PAGE.begin}\n{PAGE.end}\n\nBelow.\n")
    assert states(root)["docs/roles.md"] == "written"
    page = (root / "docs/roles.md").read_text()
    assert "| prod | `infra/envs/prod` | `333333333333` | `fileflow-prod-plan` |" in page
    assert "| dev | `fileflow-dev-state-plan` |" in page
    assert page.endswith("\n\nBelow.\n")


def test_a_page_of_roles_without_such_a_place_is_left_alone(tmp_path: Path) -> None:
    root = checkout(tmp_path, owners=OWNERS)
    write(root, "docs/roles.md", "# Roles\n")
    assert "docs/roles.md" not in states(root)


def test_a_local_module_is_part_of_what_its_environment_depends_on(tmp_path: Path) -> None:
    root = checkout(tmp_path, atlantis=ATLANTIS)
    write(root, "infra/envs/dev/main.tf", MODULE)
    write(root, "lib/m/main.tf", 'module "inner" {\n  source = "../inner"\n}\n')
    write(root, "lib/inner/main.tf", "terraform {}\n")
    rendered(root)
    assert {"../../../lib/m/**/*", "../../../lib/inner/**/*"} <= set(patterns(root))
    assert not [pattern for pattern in patterns(root, 1) if "lib" in pattern]


def test_files_that_code_reads_and_links_are_part_of_it(tmp_path: Path) -> None:
    root = checkout(tmp_path, atlantis=ATLANTIS)
    write(root, "infra/hosts.json", "{}\n")
    write(root, "infra/envs/dev/main.tf", 'locals {\n  hosts = file("${path.module}/../../hosts.json")\n}\n')
    write(root, "lib/common.tf", "terraform {}\n")
    (root / "infra/envs/prod/common.tf").symlink_to("../../../lib/common.tf")
    rendered(root)
    assert "../../hosts.json" in patterns(root)
    assert "../../../lib/common.tf" in patterns(root, 1)


def test_values_outside_of_every_stack_belong_to_all(tmp_path: Path) -> None:
    root = checkout(tmp_path, atlantis=ATLANTIS)
    write(root, "infra/shared/all.tfvars", "a = 1\n")
    write(root, "infra/envs/dev/dev.tfvars", "a = 1\n")
    rendered(root)
    assert all("../../shared/all.tfvars" in patterns(root, number) for number in (0, 1))
    assert not re.search(r"dev\.tfvars", (root / "atlantis.yaml").read_text())


def test_an_environment_whose_folder_is_still_missing_is_a_project_already(tmp_path: Path) -> None:
    environments = {**projects.document()["environments"], "qa": {"account_id": "4" * 12}}
    root = checkout(tmp_path, atlantis=ATLANTIS, environments=environments)
    rendered(root)
    assert patterns(root, 2)[:2] == [".", "**/*"]
