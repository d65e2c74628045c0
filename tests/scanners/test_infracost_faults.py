"""Programs in the place of Infracost that do not do its work: their output is never a cost, and never Evidence."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.scanners import subjects
from tests.unit.domain.infracost_documents import answer, billed, component, plan, planned

from infragate.adapters.scanners.infracost import CostScan, Infracost
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.tools.tool_store import Located
from infragate.domain.errors import Interrupted, RemoteFailed, ToolFailed
from infragate.domain.gate.cost import CostRules

ROOT = Path(__file__).parents[2]
NAT = "aws_nat_gateway.n"
GOOD = answer(billed(NAT, component("NAT gateway", "730", "43.07")))


def subject(tmp_path: Path, *resources: Any, timeout: float = 20.0) -> Subject:
    document = plan(*(resources or (planned(NAT),)))
    return subjects.subject(tmp_path, json.dumps(document).encode(), root=ROOT, timeout=timeout)


def scanned(judged: Subject, script: str | None, version: str = "0.10.45") -> CostScan:
    """What the adapter makes of what a shell script does; None for a file that is not there."""
    path = judged.scratch.parent / "infracost"
    if script is not None:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    located = Located(name="infracost", version=version, path=path, source="cache", sha256="")
    return Infracost(rules=CostRules(), locate=lambda _name, _root: located).run(judged)


def prints(document: Any) -> str:
    return f"cat <<'END'\n{document if isinstance(document, str) else json.dumps(document)}\nEND"


def test_a_program_that_does_its_work_is_believed(tmp_path: Path) -> None:
    judged = subject(tmp_path, planned(NAT), planned("aws_iam_role.r"))
    scan = scanned(judged, prints(GOOD))
    assert f"{scan.delta.after}" == "43.07"
    assert (scan.evidence.scanned, scan.evidence.version, scan.evidence.input_digest) == (
        2,
        "0.10.45",
        judged.plan_digest,
    )


BROKEN = {
    "is missing": None,
    "is killed": "kill -KILL $$",
    "crashes": "kill -SEGV $$",
    "prints nothing": "exit 0",
    "fails and prints nothing": "exit 1",
    "fails after its answer": f"{prints(GOOD)}\nexit 2",
    "prints an empty object": "echo '{}'",
    "prints an empty list": "echo '[]'",
    "prints null": "echo null",
    "prints a page": "echo '<html><body>502 Bad Gateway</body></html>'",
    "prints half a document": f"printf %s '{json.dumps(GOOD)[:-40]}'",
    "prints two documents": f"{prints(GOOD)}\n{prints(GOOD)}",
    "prints what is no text": "head -c 5000 /dev/urandom",
    "prints numbers that are none": prints(json.dumps(GOOD).replace('"43.07"', "NaN")),
    "prints a key twice": prints(f'{json.dumps(GOOD)[:-1]}, "currency": "USD"}}'),
    "is nested deeply": "yes '{\"a\":' | head -c 300000 | tr -d '\\n'",
    "floods stdout": "exec cat /dev/zero",
    "floods stderr": "exec cat /dev/zero >&2",
    "reports an error": prints(
        {**GOOD, "projects": [{"metadata": {"type": "error", "errors": [{"message": "no plan"}]}}]}
    ),
    "saw nothing": prints(answer()),
    "saw another plan": prints(answer(billed("aws_nat_gateway.other", component("NAT gateway", "730", "43.07")))),
}


@pytest.mark.parametrize("behaviour", BROKEN)
def test_a_program_that_is_broken_gives_no_evidence(behaviour: str, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed) as caught:
        scanned(subject(tmp_path), BROKEN[behaviour])
    assert caught.value.fix
    if behaviour.startswith("floods"):
        assert "wrote more than 64 MiB" in caught.value.message


@pytest.mark.parametrize("script", ["exec sleep 30", "sleep 30 & exec sleep 30"])
def test_a_program_that_hangs_is_ended(script: str, tmp_path: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(ToolFailed, match="did not end within"):
        scanned(subject(tmp_path, timeout=0.3), script)
    assert time.monotonic() - begin < 10


def test_an_interrupted_run_ends_the_program(tmp_path: Path) -> None:
    judged = subject(tmp_path)
    judged.stop.set()
    with pytest.raises(Interrupted):
        scanned(judged, "exec sleep 30")


def test_a_short_answer_of_the_price_service_is_an_unknown_cost(tmp_path: Path) -> None:
    bill = billed(NAT, component("NAT gateway", "730", "0", priceNotFound=True))
    findings = scanned(subject(tmp_path), prints(answer(bill))).findings
    assert [(finding.id, finding.address, finding.fails) for finding in findings] == [("cost/unknown", NAT, True)]


def test_it_gets_a_private_home_the_price_service_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURRENCY", "KRW")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.delenv("INFRACOST_API_KEY", raising=False)
    judged = subject(tmp_path)
    with pytest.raises(ToolFailed):
        scanned(judged, "env")
    seen = dict(line.split("=", 1) for line in (judged.scratch / "infracost" / "cost.json").read_text().splitlines())
    assert seen.pop("INFRACOST_PRICING_API_ENDPOINT").startswith("http://127.0.0.1:")
    assert {name: value for name, value in seen.items() if name.startswith("INFRACOST")} == {
        "INFRACOST_API_KEY": "none",
        "INFRACOST_SKIP_UPDATE_CHECK": "true",
        "INFRACOST_PRICING_CACHE_DISABLED": "true",
        "INFRACOST_ENABLE_CLOUD": "false",
        "INFRACOST_NO_COLOR": "true",
        "INFRACOST_DISABLE_ENVFILE": "true",
    }
    assert "CURRENCY" not in seen
    assert "hunter2" not in seen.values()
    assert seen["HOME"] != str(Path.home())


def test_with_a_key_the_public_service_is_named_and_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRACOST_API_KEY", "ico-secret-key")
    judged = subject(tmp_path)
    assert scanned(judged, prints(GOOD)).delta.source == "Infracost's price service"
    with pytest.raises(ToolFailed):
        scanned(judged, "env")
    seen = (judged.scratch / "infracost" / "cost.json").read_text()
    assert "INFRACOST_API_KEY=ico-secret-key\n" in seen
    assert "INFRACOST_PRICING_API_ENDPOINT" not in seen


def test_a_failure_of_the_public_service_is_one_of_a_remote_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFRACOST_API_KEY", "ico-secret-key")
    with pytest.raises(RemoteFailed, match="reports an error: no plan"):
        scanned(subject(tmp_path), BROKEN["reports an error"])


@pytest.mark.parametrize("version", ["2.0.0", "0.9.24"])
def test_another_infracost_than_0_10_is_refused(version: str, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=f"infracost {version} is not supported: only 0.10.x reads plan files"):
        scanned(subject(tmp_path), prints(GOOD), version)


def test_a_plan_of_an_unexpected_shape_is_no_crash(tmp_path: Path) -> None:
    judged = subject(tmp_path)
    judged.document["planned_values"]["root_module"]["resources"] = [{"no": "address"}]
    with pytest.raises(ToolFailed, match="the plan's JSON cannot be trusted"):
        scanned(judged, prints(GOOD))
