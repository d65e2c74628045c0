"""What a `source` names, and the change of its ref."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.errors import BadInput
from infragate.domain.modules import module_source

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("written", "address", "repository", "ref"),
    [
        ("git::https://h/o/r.git?ref=v1", "https://h/o/r.git", "https://h/o/r.git", "v1"),
        ("git::https://h/o/r.git//a/b?ref=v1", "https://h/o/r.git//a/b", "https://h/o/r.git", "v1"),
        ("git::https://h/o/r.git//a?depth=1&ref=v1", "https://h/o/r.git//a", "https://h/o/r.git", "v1"),
        ("git::https://h/o/r.git//a?ref=v1&depth=1", "https://h/o/r.git//a", "https://h/o/r.git", "v1"),
        ("git::ssh://git@h:22/o/r.git//a?ref=v1", "ssh://git@h:22/o/r.git//a", "ssh://git@h:22/o/r.git", "v1"),
        ("git@github.com:o/r.git//a?ref=v1", "ssh://git@github.com/o/r.git//a", "ssh://git@github.com/o/r.git", "v1"),
        ("git::git@h:o/r.git?ref=v1", "ssh://git@h/o/r.git", "ssh://git@h/o/r.git", "v1"),
        ("git@ssh.dev.azure.com:v3/o/p/r//a?ref=v1", "ssh://git@ssh.dev.azure.com/v3/o/p/r//a", None, "v1"),
        ("github.com/o/r//a?ref=v1", "https://github.com/o/r.git//a", "https://github.com/o/r.git", "v1"),
        ("bitbucket.org/o/r?ref=v1", "https://bitbucket.org/o/r.git", "https://bitbucket.org/o/r.git", "v1"),
        ("git::file:///srv/r.git//a?ref=v1", "file:///srv/r.git//a", "file:///srv/r.git", "v1"),
        ("git::/srv/r.git//a?ref=v1", "file:///srv/r.git//a", "file:///srv/r.git", "v1"),
        (f"git::https://h/r.git?ref={SHA}", "https://h/r.git", "https://h/r.git", SHA),
        ("git::https://h/r.git?ref=a%2Fb", "https://h/r.git", "https://h/r.git", "a/b"),
        ("git::https://h/r.git?ref=v1%2B2", "https://h/r.git", "https://h/r.git", "v1+2"),
        ("git::https://h/r.git?ref=refs/tags/v1", "https://h/r.git", "https://h/r.git", "refs/tags/v1"),
        ("git::https://h/r.git", "https://h/r.git", "https://h/r.git", None),
        ("git::https://h/r.git?ref=", "https://h/r.git", "https://h/r.git", None),
        ("git::https://h/r.git?preref=v1", "https://h/r.git", "https://h/r.git?preref=v1", None),
    ],
)
def test_a_git_source_is_read(written: str, address: str, repository: str | None, ref: str | None) -> None:
    found = module_source.parse(written)
    assert (found.kind, found.address, found.ref) == ("git", address, ref)
    assert repository in (None, found.repository)


@pytest.mark.parametrize(
    ("written", "kind", "address"),
    [
        ("./a", "local", "./a"),
        ("../a", "local", "../a"),
        ("hashicorp/consul/aws", "registry", "registry.terraform.io/hashicorp/consul/aws"),
        ("hashicorp/consul/aws//modules/a.b", "registry", "registry.terraform.io/hashicorp/consul/aws//modules/a.b"),
        ("app.terraform.io/o/n/aws", "registry", "app.terraform.io/o/n/aws"),
        ("https://h/m.zip", "other", "https://h/m.zip"),
        ("s3::https://b/m.zip?aws_access_key_secret=hunter2", "other", "s3::https://b/m.zip"),
        ("hg::https://h/r", "other", "hg::https://h/r"),
        ("git::somewhere", "other", "git::somewhere"),
    ],
)
def test_what_is_no_git_source_is_told_for_what_it_is(written: str, kind: str, address: str) -> None:
    found = module_source.parse(written)
    assert (found.kind, found.address, found.ref) == (kind, address, None)


@pytest.mark.parametrize(
    "written",
    [
        "git::https://user:hunter2@h/r.git?ref=v1",
        "git::https://hunter2@h/r.git?ref=v1",
        "git::https://user:p@hunter2@h/r.git?ref=v1",
        "git::ssh://git:hunter2@h/r.git?ref=v1",
        "git::https://h/r.git?sshkey=hunter2",
        "https://user:hunter2@h/m.zip",
        "hg::http://user:hunter2@h/m",
    ],
)
def test_what_signs_somebody_in_is_in_nothing_that_is_shown(written: str) -> None:
    assert "hunter2" not in str(module_source.parse(written))


def test_a_message_about_a_source_holds_no_password() -> None:
    with pytest.raises(BadInput) as refused:
        module_source.with_tag("git::https://user:hunter2@h/r.git?sshkey=hunter2", "v2")
    assert "hunter2" not in f"{refused.value.message}{refused.value.where}{refused.value.fix}"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("git::https://h/o/infra.git//modules/rds?ref=v1", "rds"),
        ("git::https://h/o/rds.git?ref=v1", "rds"),
        ("./modules/rds/", "rds"),
        ("hashicorp/consul/aws//modules/rds", "rds"),
    ],
)
def test_a_module_is_called_after_its_folder_or_its_repository(written: str, name: str) -> None:
    assert module_source.parse(written).name == name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("git::https://h/r.git//m?ref=v1", "git::https://h/r.git//m?ref=v2"),
        ("git::https://h/r.git//m?ref=v1&depth=1", "git::https://h/r.git//m?ref=v2&depth=1"),
        ("git::https://h/r.git//m?depth=1&ref=v1", "git::https://h/r.git//m?depth=1&ref=v2"),
        ("git::https://h/r.git//ref=v1?ref=v1", "git::https://h/r.git//ref=v1?ref=v2"),
        ("git::https://h/r.git?ref=refs/tags/v1", "git::https://h/r.git?ref=refs/tags/v2"),
        ("git::https://h/r.git?ref=tags/v1", "git::https://h/r.git?ref=tags/v2"),
        ("git::https://u:p@h/r.git?ref=v1", "git::https://u:p@h/r.git?ref=v2"),
        (f"git@h:o/r.git?ref={SHA}", "git@h:o/r.git?ref=v2"),
    ],
)
def test_a_change_of_the_tag_changes_the_ref_alone(before: str, after: str) -> None:
    assert module_source.with_tag(before, "v2") == after


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("git::https://h/r.git", "no ref"),
        ("./m", "no ref"),
        ("hashicorp/consul/aws", "no ref"),
        ("git::https://h/r.git?ref=v1&ref=v2", "more than one ref"),
        ("git::https://h/r.git?ref=tags/0.4.0//some/dir", "not a valid ref"),  # Terraform takes all of it for the ref
        ("git::https://h/r.git?r%65f=v1", "no ref to change"),
    ],
)
def test_a_source_without_one_ref_is_not_changed(written: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        module_source.with_tag(written, "v2")


@pytest.mark.parametrize(
    "tag",
    [
        *"--upload-pack=x -v1 v1..2 v1/ /v1 v1.lock a.lock/b .v1 a/.b v1. a//b @ a@{b ${IFS} v1^ v1~1 v1:x".split(),
        *["v1?", "v1*", "v1[", "v1\\", "", "a b", "v1\n", "v1\x00", "\x7f", "v" * 201, "v\ud800"],
    ],
)
def test_what_git_would_not_take_for_a_tag_is_refused(tag: str) -> None:
    with pytest.raises(BadInput, match="not a valid tag name"):
        module_source.check_ref(tag)


def acceptable(tag: str) -> bool:
    try:
        module_source.check_ref(tag)
    except BadInput:
        return False
    return True


TAGS = st.one_of(
    st.from_regex(r"v[0-9]{1,3}(\.[0-9]{1,3}){2}(-rc\.?[0-9])?(\+[a-z0-9]{1,4})?", fullmatch=True),
    st.text(max_size=12),
).filter(acceptable)
SOURCES = st.sampled_from(
    (
        "git::https://h/o/r.git//m?ref={}",
        "git::https://h/o/r.git//m?depth=1&ref={}",
        "git::ssh://git@h/o/r.git//m?ref={}&depth=1",
        "git@h:o/r.git?ref={}",
        "github.com/o/r//m?ref={}",
        "git::https://h/o/r.git//ref=x?ref=refs/tags/{}&x=ref=y",
    )
)


@given(SOURCES, TAGS, TAGS)
def test_there_and_back_is_the_identity(form: str, one: str, other: str) -> None:
    start = module_source.with_tag(form.format("v1"), one)
    assert module_source.with_tag(module_source.with_tag(start, other), one) == start


@given(SOURCES, TAGS)
def test_the_tag_that_was_written_is_the_tag_that_is_read(form: str, tag: str) -> None:
    found = module_source.parse(module_source.with_tag(form.format("v1"), tag))
    assert found.ref is not None
    assert found.ref.removeprefix("refs/tags/") == tag
    assert found.repository == module_source.parse(form.format("v1")).repository


@given(SOURCES, TAGS)
def test_nothing_beside_the_ref_changes(form: str, tag: str) -> None:
    before, after = form.split("{}")
    changed = module_source.with_tag(form.format("v1"), tag)
    assert changed.startswith(before)
    assert changed.endswith(after)
    assert re.fullmatch(r"[A-Za-z0-9_.~%/-]+", changed[len(before) : len(changed) - len(after)])


@given(TAGS)
def test_a_lock_entry_names_the_source_that_it_was_made_of(tag: str) -> None:
    found = module_source.of_pin("https://h/o/r.git//m", tag)
    assert (found.address, found.ref) == ("https://h/o/r.git//m", tag)


@given(st.text(max_size=80))
def test_any_text_is_some_source(written: str) -> None:
    found = module_source.parse(written)
    assert (found.kind == "git") or found.ref is None
    if found.ref_span is not None:
        start, end = found.ref_span
        assert 0 <= start <= end <= len(written)
