"""What a pull request can write into Atlantis' variables is refused, or means exactly one thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.errors import BadInput
from infragate.domain.front_doors import atlantis_step

GOOD = {
    "BASE_BRANCH_NAME": "main",
    "BASE_REPO_NAME": "fileflow",
    "BASE_REPO_OWNER": "acme",
    "COMMENT_ARGS": "",
    "DIR": "/data/repos/acme/fileflow/7/default/infra/envs/dev",
    "HEAD_COMMIT": "a" * 40,
    "HEAD_REPO_NAME": "fileflow",
    "HEAD_REPO_OWNER": "acme",
    "PLANFILE": "/data/repos/acme/fileflow/7/default/infra/envs/dev/dev-default.tfplan",
    "PULL_NUM": "7",
    "REPO_REL_DIR": "infra/envs/dev",
    "USER_NAME": "alice",
    "WORKSPACE": "default",
}


def test_the_clone_is_what_is_left_of_the_folder() -> None:
    step = atlantis_step.parse(GOOD)
    assert (step.root, step.directory) == (Path("/data/repos/acme/fileflow/7/default"), "infra/envs/dev")
    assert (step.repository, step.pull_request, step.user) == ("acme/fileflow", "7", "alice")


def test_the_name_of_the_project_is_not_read() -> None:
    assert "PROJECT_NAME" not in atlantis_step.NAMES
    assert atlantis_step.parse({**GOOD, "PROJECT_NAME": "prod"}) == atlantis_step.parse(GOOD)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HEAD_REPO_OWNER", "mallory", "from a fork"),
        ("COMMENT_ARGS", r"\-\l\o\c\k\=\f\a\l\s\e", "'-lock=false'"),
        ("COMMENT_ARGS", r"\$\(\i\d\)", "'$(id)'"),
        ("WORKSPACE", "a&id", "workspace"),
        ("PULL_NUM", "-3", "number of a pull request"),
        ("HEAD_COMMIT", "HEAD", "commit id"),
        ("HEAD_COMMIT", "--upload-pack=x", "commit id"),
        ("REPO_REL_DIR", "../prod", "REPO_REL_DIR"),
        ("REPO_REL_DIR", "infra/envs/../envs/dev", "REPO_REL_DIR"),
        ("REPO_REL_DIR", "/etc", "folder in the repository"),
        ("REPO_REL_DIR", "infra/envs/prod", "REPO_REL_DIR"),
        ("REPO_REL_DIR", ".", "REPO_REL_DIR"),
        ("REPO_REL_DIR", "a$(id)", "folder in the repository"),
        ("DIR", "infra/envs/dev", "absolute"),
        ("PLANFILE", "/data/x.tfplan\nb", "plan file"),
        ("PLANFILE", "/etc/passwd", "plan file"),
        ("USER_NAME", "a b", "name of a user"),
        ("BASE_REPO_NAME", "a/b", "repository"),
    ],
)
def test_another_form_is_refused(name: str, value: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        atlantis_step.parse({**GOOD, name: value})
    assert told in refused.value.message


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"COMMENT_ARGS"}))
def test_outside_of_a_server_it_says_that(name: str) -> None:
    with pytest.raises(BadInput, match=f"not a step of Atlantis: .*{name}"):
        atlantis_step.parse({**GOOD, name: ""})


WORDS = st.text(max_size=30) | st.sampled_from(["..", "/", "infra/envs/dev", "/a/b", "default", "main", "-x", "`id`"])
LIKELY = st.fixed_dictionaries({name: st.just(value) | WORDS for name, value in GOOD.items()})


@given(LIKELY | st.dictionaries(st.sampled_from(sorted(GOOD)), WORDS))
def test_whatever_is_in_the_variables_a_step_is_safe_or_refused(variables: dict[str, str]) -> None:
    try:
        step = atlantis_step.parse(variables)
    except BadInput as refused:
        assert refused.fix
        return
    assert step.root.is_absolute()
    assert step.root / step.directory == Path(variables["DIR"])
    assert ".." not in Path(step.directory).parts
    assert len(step.commit) == 40
    assert step.plan_file.suffix == ".tfplan"
    assert step.pull_request.isascii()
    assert step.pull_request.isdigit()
