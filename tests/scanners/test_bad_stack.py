"""A Stack with fifteen faults: at least one engine finds each, and each complaint is shown once."""

from __future__ import annotations

import shutil

import pytest
from tests.scanners import judged, subjects

from infragate.domain.finding import Finding
from infragate.domain.gate import same_complaint

FOLDER = subjects.ROOT / "tests" / "data" / "gate" / "bad-stack"
# What it is -> the resource, and the ids of the complaint.
FAULTS: dict[str, tuple[str, set[str]]] = {
    "SSH is open to the world": ("aws_security_group.bastion", {"AWS-0107"}),
    "everything may leave": ("aws_security_group.app", {"AWS-0104"}),
    "plain HTTP": ("aws_lb_listener.http", {"AWS-0054"}),
    "TLS 1.0": ("aws_lb_listener.https", {"AWS-0047"}),
    "a database that is not encrypted": ("aws_db_instance.this", {"AWS-0080"}),
    "a database that the internet reaches": ("aws_db_instance.this", {"AWS-0180"}),
    "a database without backups": ("aws_db_instance.this", {"AWS-0077"}),
    "a database that can be deleted": ("aws_db_instance.this", {"AWS-0177"}),
    "a bucket that anybody writes to": ("aws_s3_bucket_acl.files", {"AWS-0092"}),
    "a bucket with public policies": ("aws_s3_bucket_public_access_block.files", {"AWS-0087"}),
    "a key that is never rotated": ("aws_kms_key.this", {"AWS-0065"}),
    "a queue that is not encrypted": ("aws_sqs_queue.jobs", {"AWS-0096"}),
    "a policy that allows everything": ("aws_iam_policy.app", {"AWS-0057", "CKV_AWS_62", "CKV_AWS_63"}),
    "a role that anybody takes": ("aws_iam_role.app", {"CKV_AWS_60"}),
    "the first version of the metadata service": ("aws_instance.bastion", {"AWS-0028"}),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finding, ...]:
    tmp_path = tmp_path_factory.mktemp("bad")
    root = tmp_path / "checkout"
    shutil.copytree(FOLDER, root / "infra", ignore=shutil.ignore_patterns("*.json"))
    shutil.copytree(subjects.ROOT / "policy", root / "policy")
    plan = (FOLDER / "plan.json").read_bytes()
    scans = judged.by_all(subjects.subject(tmp_path, plan, root=root, folder=root / "infra"))
    return tuple(finding for scan in scans.values() for finding in scan.findings)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault: str, findings: tuple[Finding, ...]) -> None:
    address, ids = FAULTS[fault]
    complaints = [finding for finding in same_complaint.joined(findings) if finding.address == address]
    assert ids <= {finding.id for finding in complaints}


def test_the_same_complaint_of_tfsec_trivy_and_checkov_is_shown_once(findings: tuple[Finding, ...]) -> None:
    joined = same_complaint.joined(findings)
    shared = [finding for finding in joined if finding.engines == ("checkov", "trivy")]
    assert len({(finding.id, finding.address) for finding in joined if finding.source == "tfsec"}) >= 20
    assert len(shared) >= 18
    assert len(joined) < len(findings) / 2


def test_complaints_about_code_have_the_line_of_the_resource(findings: tuple[Finding, ...]) -> None:
    for finding in same_complaint.joined(findings):
        if finding.source in ("tfsec", "trivy", "checkov"):
            assert finding.file is not None
            assert finding.line is not None
            text = (FOLDER / finding.file.removeprefix("infra/")).read_text().splitlines()
            assert text[finding.line - 1].strip(), finding
