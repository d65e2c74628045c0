"""The example's Stacks: every engine looks at them, and what they say stays what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scanners import judged, subjects

from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.subject import Subject
from infragate.domain.gate import same_complaint

VERSIONS = {"tfsec": "1.28.14", "trivy": "0.76.0", "checkov": "3.3.30", "conftest": "0.69.0"}


@pytest.fixture(scope="module", params=["dev", "prod"])
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Subject, dict[str, Scan]]:
    subject = subjects.fileflow(tmp_path_factory.mktemp(request.param), request.param)
    return subject, judged.by_all(subject)


def test_every_engine_says_what_it_scanned_with_which_version(example: tuple[Subject, dict[str, Scan]]) -> None:
    subject, scans = example
    for check, scan in scans.items():
        digest = subject.code_digest if check in ("tfsec", "trivy-code", "checkov-code") else subject.plan_digest
        assert scan.evidence.check == check
        assert scan.evidence.input_digest == digest
        assert scan.evidence.version == VERSIONS[scan.evidence.tool]
        assert scan.evidence.result == "complete"
    assert {scans[check].evidence.scanned for check in ("trivy-plan", "checkov-plan", "conftest")} == {34}


def test_the_public_load_balancer_is_one_complaint_of_three_checks(example: tuple[Subject, dict[str, Scan]]) -> None:
    subject, scans = example
    findings = same_complaint.joined(finding for scan in scans.values() for finding in scan.findings)
    (public,) = [finding for finding in findings if finding.id == "AWS-0053"]
    call = next(line for line, text in enumerate(_main(subject), 1) if text.startswith('module "alb"'))
    assert (public.address, public.engines) == ("module.alb.aws_lb.this", ("trivy",))
    assert public.where == f"infra/envs/{subject.environment}/main.tf:{call}"


def test_a_resource_of_a_module_has_the_place_of_the_call(example: tuple[Subject, dict[str, Scan]]) -> None:
    subject, scans = example
    for finding in scans["checkov-code"].findings:
        assert finding.file == f"infra/envs/{subject.environment}/main.tf"
        assert finding.line is not None
        assert _main(subject)[finding.line - 1].startswith("module ")


def _main(subject: Subject) -> list[str]:
    assert subject.folder is not None
    return Path(subject.folder, "main.tf").read_text().splitlines()
