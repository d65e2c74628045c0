"""The lines of CODEOWNERS: in the order that makes the stricter one decide."""

from __future__ import annotations

import pytest

from infragate.adapters.local import codeowners_file
from infragate.domain.front_doors import owners_file
from infragate.domain.front_doors.generated_part import LINES
from infragate.domain.front_doors.sections import Owners

OWNERS = Owners(platform=("@acme/platform", "@kim"), security=("@acme/security",))
CONTENT = "* @acme/everyone\n" + LINES.fresh(owners_file.text(OWNERS, toolkit=False))


def owners(file: str, content: str = CONTENT) -> tuple[str, ...]:
    of = codeowners_file.owners_of({".github/CODEOWNERS": content}.get)
    assert of is not None
    return of(file)


@pytest.mark.parametrize("file", ["infra/envs/dev/main.tf", "infra/envs/prod/prod.tfvars", "modules/rds/main.tf"])
def test_the_platform_owns_infra_and_modules(file: str) -> None:
    assert owners(file) == ("@acme/platform", "@kim")


@pytest.mark.parametrize(
    "file",
    [
        "policy/gate.yaml",
        "policy/waivers.yaml",
        "policy/rego/iam/star/policy.rego",
        "policy/tools/tools.lock",
        "infra/bootstrap/policies/trust-apply.json.tftpl",
        "infra/environments.yaml",
        "infra/modules.lock",
        "infra/envs/dev/.terraform.lock.hcl",
        "requirements.lock",
        "atlantis.yaml",
        "workflows/atlantis/repos.yaml",
        ".github/workflows/apply.yml",
        ".github/CODEOWNERS",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        "tasks.py",
        "inv",
        ".gitattributes",
    ],
)
def test_security_owns_what_judges_a_change_or_runs_for_it(file: str) -> None:
    assert owners(file) == ("@acme/security",)


def test_other_files_have_the_owners_of_the_lines_by_hand() -> None:
    assert owners("README.md") == ("@acme/everyone",)
    assert owners("docs/policy/a.md") == ("@acme/everyone",)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("src/infragate/domain/verdict.py", OWNERS.security),
        ("src/infragate/schemas/gate.default.yaml", OWNERS.security),
        ("pyproject.toml", OWNERS.security),
        ("noxfile.py", OWNERS.security),
        ("requirements-dev.lock", OWNERS.security),
        ("tests/unit/test_a.py", OWNERS.platform),
        ("docs/gate.md", ("@acme/everyone",)),
    ],
)
def test_where_the_judge_is_in_the_repository_its_code_has_owners(file: str, expected: tuple[str, ...]) -> None:
    toolkit = "* @acme/everyone\n" + LINES.fresh(owners_file.text(OWNERS, toolkit=True))
    assert owners(file, toolkit) == expected
    if not file.endswith(".lock"):
        assert owners(file) == ("@acme/everyone",)


def test_a_line_below_the_generated_part_is_refused_with_its_place() -> None:
    below = f"{CONTENT}\n# a comment\n/policy/ @mallory # mine\n"
    (complaint,) = owners_file.complaints(".github/CODEOWNERS", below)
    assert (complaint.file, complaint.line) == (".github/CODEOWNERS", below.count("\n"))
    assert complaint.fails


def test_comments_below_the_generated_part_are_not_refused() -> None:
    assert list(owners_file.complaints("CODEOWNERS", f"{CONTENT}\n# the end\n")) == []
