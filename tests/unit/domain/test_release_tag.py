"""Tags of releases: what they name, their order, and the newest one that fits."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.modules import release_tag


@pytest.mark.parametrize(
    ("tag", "prefix", "version"),
    [
        ("v1.0.0", "", "v1.0.0"),
        ("1.0", "", "1.0"),
        ("v1", "", "v1"),
        ("2024.01.15", "", "2024.01.15"),
        ("a/v1.0.0", "a/", "v1.0.0"),
        ("modules/a/1.2.0", "modules/a/", "1.2.0"),
        ("mod-v0.0.9", "mod-", "v0.0.9"),
        ("ec2-instance-1.0.0", "ec2-instance-", "1.0.0"),
        ("s3@1.0.0", "s3@", "1.0.0"),
        ("rds.v1.2", "rds.", "v1.2"),
        ("k8s/v1.0.0-rc.1", "k8s/", "v1.0.0-rc.1"),
        ("aws-5.0-v1.2.3", "aws-5.0-", "v1.2.3"),
    ],
)
def test_a_tag_is_a_prefix_and_a_version(tag: str, prefix: str, version: str) -> None:
    release = release_tag.parse(tag)
    assert release is not None
    assert (release.prefix, release.version) == (prefix, version)


@pytest.mark.parametrize("tag", ["main", "stable", "va1", "v", "", "release", "v1.x"])
def test_a_tag_without_a_version_is_none(tag: str) -> None:
    assert release_tag.parse(tag) is None


def test_releases_are_ordered_as_semantic_versioning_orders_them() -> None:
    ordered = "v1.0.0-1 v1.0.0-alpha v1.0.0-alpha.1 v1.0.0-beta.2 v1.0.0-beta.11 v1.0.0-rc2 v1.0.0-rc10 v1.0.0 v1.0.1"
    releases = [release_tag.parse(tag) for tag in ordered.split()]
    assert all(older < newer for older, newer in itertools.pairwise(releases) if older and newer)
    assert None not in releases


@pytest.mark.parametrize(
    ("constraint", "newest"),
    [
        ("latest", "v1.0.0"),
        ("~> 0.7", "v0.8.0"),
        ("~> 0.7.0", "v0.7.3"),
        ("~>0.7.1", "v0.7.3"),
        (">= 0.6, < 0.8", "v0.7.3"),
        ("!= 1.0", "v0.8.0"),
        ("< 0.7", "v0.6.0"),
        ("= 0.7.0", "v0.7.0"),
        ("> 1.0", None),
        (">= 2.0.0-rc1", None),
        ("= 2.0.0-rc1", "v2.0.0-rc1"),
    ],
)
def test_the_newest_that_fits_is_no_pre_release_unless_it_is_named(constraint: str, newest: str | None) -> None:
    tags = ["v0.6.0", "v0.7.0", "v0.7.3", "v0.8.0", "v1.0.0", "v1.0.0-rc.1", "v2.0.0-rc1", "a/v9.0.0", "stable"]
    assert release_tag.is_constraint(constraint)
    assert release_tag.newest_fitting(constraint, tags, "") == newest


@pytest.mark.parametrize("constraint", ["~> x", ">> 1", "= a/v1.0.0"])
def test_what_is_no_constraint_is_refused(constraint: str) -> None:
    with pytest.raises(ValueError, match=r"constraint|specifier"):
        release_tag.newest_fitting(constraint, ["v1.0.0"], "")


def test_tags_are_shown_as_people_look_for_them() -> None:
    tags = ["v1.9.0", "main-old", "v1.10.0", "v1.10.0-rc.1", "modules/v0.1.0", "v1.10.0-rc.2", "a"]
    assert release_tag.newest_first(tags) == (
        *("v1.10.0", "v1.10.0-rc.2", "v1.10.0-rc.1", "v1.9.0", "modules/v0.1.0"),
        *("a", "main-old"),
    )


VERSIONS = st.from_regex(r"v?[0-9]{1,2}(\.[0-9]{1,2}){0,2}(-(alpha|beta|rc)(\.[0-9])?)?|[a-z]{1,3}", fullmatch=True)


@given(st.lists(VERSIONS, unique=True), st.randoms())
def test_the_order_of_tags_is_total(tags: list[str], chance: Random) -> None:
    mixed = list(tags)
    chance.shuffle(mixed)
    assert release_tag.newest_first(mixed) == release_tag.newest_first(tags)
    assert sorted(release_tag.newest_first(tags)) == sorted(tags)
