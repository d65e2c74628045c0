"""The forms of a `source` of policies."""

from __future__ import annotations

import pytest

from infragate.domain.errors import BadInput
from infragate.domain.gate import policy_source

DIGEST = "sha256:" + "a" * 64
COMMIT = "b" * 40


@pytest.mark.parametrize(
    ("written", "kind", "address", "ref", "revision"),
    [
        ("policy/rego", "folder", "policy/rego", "", "refs/tags/"),
        ("git::https://h/r.git//aws?ref=v1", "git", "https://h/r.git//aws", "v1", "refs/tags/v1"),
        ("git::https://h/r.git?ref=refs/tags/v1", "git", "https://h/r.git", "v1", "refs/tags/v1"),
        (f"git::https://h/r.git?ref={COMMIT}", "git", "https://h/r.git", COMMIT, COMMIT),
        ("git::https://kim:pass@h/r.git?ref=v1", "git", "https://h/r.git", "v1", "refs/tags/v1"),
        (f"oci://h:5000/team/rules@{DIGEST}", "oci", "oci://h:5000/team/rules", DIGEST, f"refs/tags/{DIGEST}"),
    ],
)
def test_a_pinned_source_is_read(written: str, kind: str, address: str, ref: str, revision: str) -> None:
    source = policy_source.parse(written, where="x")
    assert (source.kind, source.address, source.ref, source.revision) == (kind, address, ref, revision)
    assert source.is_remote == (kind != "folder")


@pytest.mark.parametrize(
    "written",
    [
        "git::https://h/r.git//aws",
        "git::https://h/r.git?ref=--upload-pack=x",
        "git::https://h/r.git?ref=v1&sshkey=abc",
        "git::ext::sh -c x?ref=v1",
        "git::https://h/r.git//../x?ref=v1",
        "oci://h/rules",
        "oci://h/rules:latest",
        "oci://h/rules:v1@sha256:abc",
        "oci://-x/rules",
        "oci:h/rules",
        "https://h/rules.zip",
        "s3::https://h/b/rules.zip",
        "/etc",
        "../policy",
        "policy/../../x",
        "infra",
    ],
)
def test_what_is_not_pinned_or_leads_elsewhere_is_refused(written: str) -> None:
    with pytest.raises(BadInput) as refused:
        policy_source.parse(written, where="policy/gate.yaml, policies, theirs")
    assert refused.value.where
    assert refused.value.fix
