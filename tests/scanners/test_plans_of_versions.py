"""Plans of other versions of Terraform and of OpenTofu (benchmarks/record_versions.py), judged by the real engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scanners import subjects

from infragate.adapters.scanners import checkov
from infragate.adapters.scanners.conftest import Conftest
from infragate.adapters.scanners.infracost import Infracost
from infragate.adapters.scanners.trivy import TrivyPlan
from infragate.domain import verdict as verdicts
from infragate.domain.gate.cost import CostRules
from infragate.usecases import tools_install
from infragate.usecases.gate import engines, gated_plan

RECORDED = sorted((subjects.ROOT / "tests" / "data" / "versions").glob("*.json"))
CHECKS = ("checkov-plan", "trivy-plan", "conftest", "infracost")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_plan_of_another_version_is_judged_whole(path: Path, tmp_path: Path) -> None:
    tools_install.ensure(("infracost",), subjects.ROOT, say=lambda _line: None)
    plan = gated_plan.of_file(path)
    subject = subjects.subject(tmp_path, plan.data, root=subjects.ROOT, timeout=300.0)
    with checkov.prepared(subjects.ROOT, subject.scratch, checks=CHECKS[:1], severities={}) as first:
        ran = engines.run([*first, TrivyPlan(), Conftest(), Infracost(rules=CostRules())], subject)
    assert not ran.failures
    assert {proof.check: proof.scanned for proof in ran.evidence} == dict.fromkeys(CHECKS, 19)
    # A port that is open to everybody, in both instances of a module.
    open_to_all = {finding.address for finding in ran.findings if finding.id == "AWS-0107"}
    assert open_to_all == {f"module.child[{number}].aws_security_group.s" for number in (0, 1)}
    # 2 x (NAT gateway in us-east-1 + database with 20 GB in ap-northeast-2) after one NAT gateway there.
    assert ran.cost is not None
    assert (f"{ran.cost.before}", f"{ran.cost.after}", ran.cost.known) == ("43.07", "107.44", True)
    assert verdicts.decide(ran.findings).decision == "block"
