"""trivy, checkov and Conftest over plans: the same answer as their own commands, and none for what is no plan."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.scanners import fake_engines, judged, subjects
from tests.scanners.subjects import ROOT

from infragate.adapters.local import files
from infragate.adapters.process import children
from infragate.adapters.scanners import checkov, code_view
from infragate.adapters.scanners.conftest import Conftest
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.scanners.trivy import TrivyPlan
from infragate.adapters.tools import tool_store
from infragate.domain.errors import BadInput, ToolFailed

DATA = ROOT / "tests" / "data"
RECORDED = (
    DATA / "plans" / "fileflow-dev.json",
    DATA / "plans" / "fileflow-prod.json",
    DATA / "gate" / "bad-stack" / "plan.json",
    *sorted((ROOT / "policy" / "rego").rglob("bad.json")),
)
Complaints = Counter[tuple[str, str, str]]


def over(tmp_path: Path, plan: bytes) -> Subject:
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "policy", root / "policy")
    return subjects.subject(tmp_path, plan, root=root)


def by_command(*arguments: str, **settings: str) -> Complaints:
    """What checkov's own command says: file, id and address of each complaint."""
    argv = [str(tool_store.program("checkov", ROOT).path), *arguments, "--skip-download", "-o", "json"]
    env = {"PATH": "/usr/bin:/bin", "LOG_LEVEL": "ERROR", **settings}
    records = json.loads(children.run(argv, env=env, success_codes=(1,)).stdout)["results"]["failed_checks"]
    return Counter(
        (Path(row["file_path"]).name, row["check_id"], row["resource_address"] or row["resource"]) for row in records
    )


def by_our_runner(scratch: Path, jobs: list[dict[str, Any]]) -> Complaints:
    """The same of our program in checkov's Python, in one process."""
    python = tool_store.program("checkov", ROOT).python
    order, result = scratch / "order.json", scratch / "result.json"
    order.write_text(json.dumps({"result": str(result), "jobs": jobs}))
    with children.started(
        checkov.command(python), env=checkov.environment(scratch), wall=None, output=scratch / "out"
    ) as program:
        assert program.wait(timeout=300, limit=2**26, stop=Event(), message=f"{order}\n").returncode == 0
    return Counter(
        (Path(row["file"]).name, row["id"], row["address"])
        for answer in json.loads(result.read_text())["jobs"]
        for row in answer["failed"]
    )


def test_our_runner_of_checkov_finds_in_plans_what_its_own_command_finds(tmp_path: Path) -> None:
    plans = [tmp_path / f"plan-{number}.json" for number in range(len(RECORDED))]
    for source, plan in zip(RECORDED, plans, strict=True):
        shutil.copy(source, plan)
    ours = by_our_runner(tmp_path, [{"kind": "plan", "file": str(plan)} for plan in plans])
    files = [word for plan in plans for word in ("-f", str(plan))]
    assert ours == by_command("--framework", "terraform_plan", *files)
    assert len({file for file, _, _ in ours}) > len(RECORDED) / 2


def test_our_runner_of_checkov_finds_in_code_what_its_own_command_finds(tmp_path: Path) -> None:
    folder = DATA / "gate" / "bad-stack"
    ours = by_our_runner(tmp_path, [{"kind": "code", "folder": str(folder), "values": []}])
    assert ours == by_command("--framework", "terraform", "-d", str(folder))
    assert len(ours) > 40


def test_our_runner_of_checkov_finds_in_the_examples_code_what_its_own_command_finds(tmp_path: Path) -> None:
    """With its fetched modules, some of them called several times."""
    subject = subjects.fileflow(tmp_path, "prod")
    view = code_view.make(subject, tmp_path / "view")
    ours = by_our_runner(tmp_path, [{"kind": "code", "folder": str(view.stack), "values": [str(view.var_file)]}])
    flags = ("--framework", "terraform", "--var-file", str(view.var_file), "-d", str(view.stack))
    assert ours == by_command(*flags, CHECKOV_EXPERIMENTAL_TERRAFORM_MANAGED_MODULES="True")
    assert len(ours) > 10


@pytest.mark.parametrize("content", ["", "{}", "text", '{"planned_values": ', "[]"])
def test_a_plan_that_is_not_the_one_that_was_read_is_refused(content: str, tmp_path: Path) -> None:
    subject = over(tmp_path, json.dumps(fake_engines.PLAN).encode())
    subject.plan_json.write_text(content)
    for scan in (TrivyPlan().run, Conftest().run, lambda given: judged.by_checkov(given, "checkov-plan")):
        with pytest.raises(ToolFailed, match="another plan"):
            scan(subject)


@pytest.mark.parametrize("content", ["{}", "text", '{"planned_values": '])
def test_trivy_and_checkov_give_no_evidence_for_what_is_no_plan(content: str, tmp_path: Path) -> None:
    subject = over(tmp_path, json.dumps(fake_engines.PLAN).encode())
    subject.plan_json.write_text(content)
    changed = replace(subject, plan_digest=files.sha256(subject.plan_json))
    for scan in (TrivyPlan().run, lambda given: judged.by_checkov(given, "checkov-plan")):
        with pytest.raises(ToolFailed):
            scan(changed)


def test_a_plan_that_leaves_nothing_has_evidence_too(tmp_path: Path) -> None:
    empty = {**fake_engines.PLAN, "planned_values": {"root_module": {}}, "resource_changes": []}
    subject = over(tmp_path, json.dumps(empty).encode())
    for scan in (TrivyPlan().run(subject), Conftest().run(subject), judged.by_checkov(subject, "checkov-plan")):
        assert (scan.findings, scan.evidence.scanned) == ((), 1)


# ---- Conftest ------------------------------------------------------------------------------------------------------


def with_rule(tmp_path: Path, rule: str, bad: Any) -> Subject:
    subject = fake_engines.subject(tmp_path)
    shutil.copytree(ROOT / "policy" / "tools", subject.root / "policy" / "tools")
    folder = subject.policy / "policy" / "rego" / "x" / "y"
    (folder / "policy.rego").write_text(f"# METADATA\n# custom:\n#   id: IG-X-01\npackage infragate.x.y\n\n{rule}\n")
    (folder / "bad.json").write_text(json.dumps(bad))
    return subject


HEAD = 'deny contains {"id": "IG-X-01", "severity": "LOW", "address": rc.address, "msg": "no"} if {'
QUEUES = HEAD + '\n\tsome rc in input.resource_changes\n\trc.type == "aws_sqs_queue"\n}'


def test_a_rule_that_refuses_its_bad_input_is_believed(tmp_path: Path) -> None:
    scan = Conftest().run(with_rule(tmp_path, QUEUES, fake_engines.PLAN))
    (finding,) = scan.findings
    assert (finding.id, finding.address, finding.severity.name) == ("IG-X-01", "aws_sqs_queue.jobs", "LOW")
    assert finding.link == "runbooks/policies/IG-X-01.md"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (QUEUES.replace("resource_changes", "resource_change"), "does not refuse it"),
        (QUEUES.replace("aws_sqs_queue", "aws_sqs_queu"), "does not refuse it"),
        (QUEUES.replace('"IG-X-01"', '"IG-X-02"'), "not as IG-X-01"),
        (QUEUES.replace('rc.type == "', 'to_number(rc.type) == 1\n\trc.type == "'), "could not evaluate"),
        (QUEUES.replace("input.resource_changes", "unknown_function(input.resource_changes)"), "could not evaluate"),
    ],
)
def test_a_rule_that_cannot_fire_is_not_believed(rule: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=words):
        Conftest().run(with_rule(tmp_path, rule, fake_engines.PLAN))


def test_an_exception_in_a_policy_is_refused(tmp_path: Path) -> None:
    lifted = QUEUES + '\n\nexception contains [""] if true'
    with pytest.raises(BadInput, match="lifts all results"):
        Conftest().run(with_rule(tmp_path, lifted, fake_engines.PLAN))


def test_policies_read_the_environment_and_the_settings(tmp_path: Path) -> None:
    rule = QUEUES.replace("if {", 'if {\n\tdata.infragate.environment == "prod"')
    assert Conftest(data={"environment": "prod"}).run(with_rule(tmp_path / "a", rule, fake_engines.PLAN)).findings
    with pytest.raises(ToolFailed, match="does not refuse it"):
        Conftest(data={"environment": "dev"}).run(with_rule(tmp_path / "b", rule, fake_engines.PLAN))
