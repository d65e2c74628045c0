"""An engine that did not do its work gives no Evidence, whatever it prints and however it ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.scanners import fake_engines
from tests.scanners.fake_engines import CHECKS, TARGET, prints, scanned, scanned_for_others, subject

from infragate.adapters.scanners import checkov
from infragate.domain.errors import BadInput, Interrupted, ToolFailed
from infragate.domain.finding import Severity

PLAN_FILE = "private/plan.json"
BAD_FILE = "checkout/policy/rego/x/y/bad.json"


def trivy(kind: str, **changed: Any) -> dict[str, Any]:
    failure = {"ID": "AVD-AWS-0096", "Severity": "HIGH", "Status": "FAIL", "Message": "no key", "CauseMetadata": {}}
    result = {
        "Target": "main.tf",
        "Type": kind,
        "MisconfSummary": {"Successes": 3, "Failures": 1},
        "Misconfigurations": [failure],
        **changed.pop("result", {}),
    }
    about = {"SchemaVersion": 2, "Trivy": {"Version": "0.76.0"}, "ArtifactName": TARGET}
    return {**about, "Results": [result], **changed}


def tfsec(**changed: Any) -> dict[str, Any]:
    entry = {
        "rule_id": "AVD-AWS-0096",
        "status": 0,
        "severity": "HIGH",
        "description": "no key",
        "resource": "aws_sqs_queue.jobs",
        "location": {"filename": f"{TARGET}/main.tf", "start_line": 1, "end_line": 3},
    }
    return {"results": [{**entry, **changed}]}


def checkov_result(kind: str, **changed: Any) -> dict[str, Any]:
    failed = {"id": "CKV_AWS_27", "name": "no key", "address": "aws_sqs_queue.jobs", "file": "main.tf", "line": 1}
    job = {"kind": kind, "failed": [failed], "skipped": [], "passed": 1, "resources": 1, "unreadable": [], **changed}
    return {"checkov": "3.3.30", "jobs": [job]}


def gathered(result: Any) -> dict[str, Any]:
    """A result of the rule in Conftest's answer over the package that gathers all rules."""
    return {"msg": "result", "metadata": {"rule": ["infragate.x.y", "deny"], "result": result}}


def evaluated(rule: str = "deny") -> dict[str, Any]:
    return {"msg": "evaluated", "metadata": {"rule": ["infragate.x.y", rule]}}


def conftest(tmp_path: Path, *, plan: dict[str, Any] | None = None, bad: dict[str, Any] | None = None) -> str:
    """A script that says one thing of the bad input, and another of the plan."""
    refused = gathered({"msg": "no", "id": "IG-X-01", "severity": "HIGH"})
    entry = {"namespace": "infragate_gathered", "successes": 0, "warnings": [evaluated()]}
    of_bad = {**entry, "filename": str(tmp_path / BAD_FILE), "failures": [refused], **(bad or {})}
    of_plan = {**entry, "filename": str(tmp_path / PLAN_FILE), **(plan or {})}
    return answers(of_bad, of_plan)


def of_others(tmp_path: Path, *, plan: dict[str, Any] | None = None, bad: dict[str, Any] | None = None) -> str:
    """The same for a set of policies of others: each package by itself."""
    refused = {"msg": "no", "metadata": {"query": "data.infragate.x.y.deny", "id": "IG-X-01", "severity": "HIGH"}}
    entry = {"namespace": "infragate.x.y", "successes": 0}
    of_bad = {**entry, "filename": str(tmp_path / BAD_FILE), "failures": [refused], **(bad or {})}
    of_plan = {**entry, "filename": str(tmp_path / PLAN_FILE), "successes": 1, **(plan or {})}
    return answers(of_bad, of_plan)


def answers(bad: dict[str, Any], plan: dict[str, Any]) -> str:
    of_bad, of_plan = [bad], [plan]
    codes = [int(bool(answer[0].get("failures"))) for answer in (of_bad, of_plan)]
    of_bad_text, of_plan_text = (prints("conftest", answer) for answer in (of_bad, of_plan))
    return f'case "$*" in *bad.json)\n{of_bad_text}\nexit {codes[0]};;\n*)\n{of_plan_text}\nexit {codes[1]};;\nesac'


def good(check: str, tmp_path: Path) -> str:
    """What a working engine does."""
    documents = {
        "tfsec": tfsec(),
        "trivy-code": trivy("terraform"),
        "trivy-plan": trivy("terraformplan"),
        "checkov-plan": checkov_result("plan"),
        "checkov-code": checkov_result("code"),
    }
    return prints(check, documents[check]) if check in documents else conftest(tmp_path)


@pytest.mark.parametrize("check", CHECKS)
def test_an_engine_that_did_its_work_gives_evidence_of_its_input(check: str, tmp_path: Path) -> None:
    judged = subject(tmp_path)
    evidence = scanned(check, judged, good(check, tmp_path)).evidence
    digest = judged.code_digest if check in ("tfsec", "trivy-code", "checkov-code") else judged.plan_digest
    assert (evidence.check, evidence.input_digest, evidence.scanned, evidence.result) == (check, digest, 1, "complete")
    assert (evidence.tool, evidence.version) == (CHECKS[check], fake_engines.VERSIONS[CHECKS[check]])


BROKEN = {
    "is missing": None,
    "hangs": "exec sleep 30",
    "leaves a process that hangs": "sleep 30 & exec sleep 30",
    "is killed": "kill -KILL $$",
    "crashes": "kill -SEGV $$",
    "prints nothing": "exit 0",
    "fails and prints nothing": "exit 1",
    "prints an empty object": "echo '{}'",
    "prints an empty list": "echo '[]'",
    "prints null": "echo null",
    "prints a page": "echo '<html><body>502 Bad Gateway</body></html>'",
    "prints half a document": """printf '{"results": [{"rule_id": "A", "status'""",
    "prints what is no text": "head -c 5000 /dev/urandom",
    "is nested deeply": "yes '[' | head -c 300000 | tr -d '\\n'",
    "floods stdout": "exec cat /dev/zero",
    "floods stderr": "exec cat /dev/zero >&2",
    "floods its result": "exec head -c 100000000 /dev/zero > result.json",
    "gives a file that is no result": "echo '<html>' > result.json",
    "gives an empty result": "echo '{}' > result.json",
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("behaviour", BROKEN)
def test_an_engine_that_is_broken_gives_no_evidence(check: str, behaviour: str, tmp_path: Path) -> None:
    hangs = "hangs" in behaviour
    judged = subject(tmp_path, timeout=0.3 if hangs else 20.0)
    with pytest.raises(ToolFailed) as caught:
        scanned(check, judged, BROKEN[behaviour])
    assert caught.value.fix
    if hangs:
        assert "did not end within" in caught.value.message
    if behaviour.startswith("floods std"):
        assert "wrote more than 64 MiB" in caught.value.message


SILENT: dict[str, tuple[str, Any]] = {
    "tfsec without results": ("tfsec", {"results": []}),
    "tfsec with results of null": ("tfsec", {"results": None}),
    "tfsec of another form": ("tfsec", {"issues": []}),
    "tfsec with a result without a status": ("tfsec", {"results": [{"rule_id": "AVD-AWS-0096"}]}),
    "tfsec that ignored a result": ("tfsec", tfsec(status=2)),
    "tfsec of other code": ("tfsec", tfsec(location={"filename": "/other/main.tf", "start_line": 1, "end_line": 3})),
    "trivy without results": ("trivy-plan", trivy("terraformplan", Results=None)),
    "trivy of another plan": ("trivy-plan", trivy("terraformplan", ArtifactName="/other/plan.json")),
    "trivy of other code": ("trivy-code", trivy("terraform", ArtifactName="/other")),
    "trivy without checks": (
        "trivy-plan",
        trivy("terraformplan", result={"MisconfSummary": {"Successes": 0, "Failures": 0}, "Misconfigurations": []}),
    ),
    "trivy that read the plan as another kind": ("trivy-plan", trivy("json")),
    "trivy that read a plan beside the code": ("trivy-code", trivy("terraformplan-snapshot")),
    "trivy of an old schema": ("trivy-code", trivy("terraform", SchemaVersion=1)),
    "trivy of another version": ("trivy-code", trivy("terraform", Trivy={"Version": "0.50.1"})),
    "trivy without a version": ("trivy-code", trivy("terraform", Trivy={})),
    "trivy that counts more than it shows": ("trivy-code", trivy("terraform", result={"Misconfigurations": []})),
    "checkov that saw no resource": ("checkov-plan", checkov_result("plan", resources=0)),
    "checkov that applied no check": ("checkov-plan", checkov_result("plan", failed=[], passed=0)),
    "checkov that applied none of its checks": (
        "checkov-plan",
        checkov_result("plan", failed=[], passed=0, loaded=900, for_types=4),
    ),
    "checkov that loaded no check": (
        "checkov-plan",
        checkov_result("plan", failed=[], passed=0, loaded=0, for_types=0),
    ),
    "checkov that could not read the plan": ("checkov-plan", checkov_result("plan", unreadable=["plan.json"])),
    "checkov that could not read a file": ("checkov-code", checkov_result("code", unreadable=["main.tf"])),
    "checkov that answers for something else": ("checkov-code", checkov_result("plan")),
    "checkov of another version": ("checkov-plan", {**checkov_result("plan"), "checkov": "3.2.459"}),
    "checkov of an old form": ("checkov-plan", {"checkov": "3.3.30", "results": {"failed_checks": []}}),
}


@pytest.mark.parametrize("case", SILENT)
def test_an_engine_that_exits_with_0_but_has_not_looked_gives_no_evidence(case: str, tmp_path: Path) -> None:
    check, document = SILENT[case]
    with pytest.raises(ToolFailed):
        scanned(check, subject(tmp_path), prints(check, document))


ODD: dict[str, Callable[[str], str]] = {
    "printed twice": lambda text: f"{text}\n{text}",
    "with a key twice": lambda text: f'{text[:-1]}, "{text.split(chr(34))[1]}": null}}',
    "with NaN": lambda text: f'{text[:-1]}, "x": NaN}}',
    "with a number beyond all bounds": lambda text: f'{text[:-1]}, "x": 1e400}}',
    "with half of a surrogate pair": lambda text: f'{text[:-1]}, "x": "\\ud800"}}',
    "nested deeply": lambda text: f'{text[:-1]}, "x": {"[" * 10**5}{"]" * 10**5}}}',
}


@pytest.mark.parametrize("check", ["tfsec", "trivy-plan", "checkov-plan"])
@pytest.mark.parametrize("oddity", ODD)
def test_a_right_answer_in_an_odd_form_gives_no_evidence(check: str, oddity: str, tmp_path: Path) -> None:
    documents = {"tfsec": tfsec(), "trivy-plan": trivy("terraformplan"), "checkov-plan": checkov_result("plan")}
    answer = ODD[oddity](json.dumps(documents[check]))
    with pytest.raises(ToolFailed, match="did not print JSON"):
        scanned(check, subject(tmp_path), prints(check, answer))


def test_a_link_in_the_place_of_a_result_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    with pytest.raises(ToolFailed, match="printed nothing") as caught:
        scanned("checkov-plan", subject(tmp_path), f"ln -s {secret} result.json")
    assert "hunter2" not in caught.value.message


def test_types_that_checkov_has_no_checks_for_are_no_failure(tmp_path: Path) -> None:
    answer = checkov_result("plan", failed=[], passed=0, loaded=900, for_types=0)
    scan = scanned("checkov-plan", subject(tmp_path), prints("checkov-plan", answer))
    assert (scan.findings, scan.evidence.scanned) == ((), 1)


@pytest.mark.parametrize("check", ["trivy-plan", "checkov-plan"])
def test_an_engine_that_closes_its_output_and_sleeps_is_ended(check: str, tmp_path: Path) -> None:
    judged = subject(tmp_path, timeout=0.3)
    with pytest.raises(ToolFailed, match="did not end within"):
        scanned(check, judged, f"{good(check, tmp_path)}\nexec >&- 2>&-\nexec sleep 30")


UNEVALUATED: dict[str, dict[str, dict[str, Any]]] = {
    "no rule over the plan": {"plan": {"warnings": []}},
    "another rule over the plan": {"plan": {"warnings": [evaluated("warn")]}},
    "no rule over the bad input": {"bad": {"warnings": []}},
    "a rule without a name": {"plan": {"warnings": [{"msg": "evaluated", "metadata": {}}]}},
    "a result that is no message": {"plan": {"failures": [gathered(5)]}},
    "a result without a message": {"plan": {"failures": [gathered({"id": "IG-X-01"})]}},
    "another namespace": {"plan": {"namespace": "main"}},
    "another file": {"plan": {"filename": "other.json"}},
    "an exception": {"plan": {"exceptions": [{"msg": "lifted"}]}},
    "a skipped rule": {"plan": {"skipped": [{"msg": "skipped"}]}},
    "the bad input is not refused": {"bad": {"failures": []}},
    "the bad input is refused by another rule": {"bad": {"failures": [gathered({"msg": "no", "id": "IG-Z-09"})]}},
}
UNEVALUATED_OF_OTHERS: dict[str, dict[str, dict[str, Any]]] = {
    "no rule over the plan": {"plan": {"successes": 0}},
    "another namespace": {"plan": {"namespace": "main"}},
    "another file": {"plan": {"filename": "other.json"}},
    "an exception": {"plan": {"exceptions": [{"msg": "lifted"}]}},
    "a skipped rule": {"plan": {"skipped": [{"msg": "skipped"}]}},
    "the bad input is not refused": {"bad": {"failures": [], "successes": 1}},
    "the bad input is refused by another rule": {"bad": {"failures": [{"msg": "no", "metadata": {"id": "IG-Z-09"}}]}},
    "no count": {"plan": {"successes": None}},
}


@pytest.mark.parametrize("case", UNEVALUATED)
def test_conftest_is_not_believed_unless_each_rule_was_evaluated_and_has_refused_what_is_bad(
    case: str, tmp_path: Path
) -> None:
    with pytest.raises(ToolFailed):
        scanned("conftest", subject(tmp_path), conftest(tmp_path, **UNEVALUATED[case]))


@pytest.mark.parametrize("case", UNEVALUATED_OF_OTHERS)
def test_conftest_is_believed_no_more_over_policies_of_others(case: str, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed):
        scanned_for_others(subject(tmp_path), of_others(tmp_path, **UNEVALUATED_OF_OTHERS[case]))


def test_conftest_that_looked_at_policies_of_others_is_believed(tmp_path: Path) -> None:
    assert scanned_for_others(subject(tmp_path), of_others(tmp_path)).findings == ()


def test_conftest_with_failures_and_exit_code_0_is_not_believed(tmp_path: Path) -> None:
    script = conftest(tmp_path, plan={"failures": [gathered("no")]}).replace("exit 1", "exit 0")
    with pytest.raises(ToolFailed, match="exit code 0"):
        scanned("conftest", subject(tmp_path), script)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("package a\n\ndeny if input.x\n", "counts as passed"),
        ("package a\n\ndeny := true\n", "counts as passed"),
        ('package a\n\nviolation_x := ["no"]\n', "counts as passed"),
        ('package a\n\ndenny contains "no" if input.x\n', "have no rule"),
        ('package a\n\nexception contains ["x"] if true\n\ndeny_x contains "no" if input.x\n', "lifts all results"),
        ('deny contains "no" if input.x\n', "without a package"),
        ('package a\n\ndeny contains "x" if input.x\n\n  warn_y contains "no" if input.y\n', "does not begin its line"),
        ('package infragate_gathered\n\ndeny contains "no" if input.x\n', "is taken"),
    ],
)
def test_policies_that_can_never_refuse_are_refused_before_conftest_runs(text: str, words: str, tmp_path: Path) -> None:
    judged = subject(tmp_path)
    (judged.policy / "policy/rego/x/y/policy.rego").write_text(text)
    with pytest.raises(BadInput, match=words):
        scanned("conftest", judged, good("conftest", tmp_path))


def test_a_rule_without_an_input_that_it_must_refuse_is_not_believed(tmp_path: Path) -> None:
    judged = subject(tmp_path)
    (judged.policy / "policy/rego/x/y/bad.json").unlink()
    with pytest.raises(BadInput, match="no input that they must refuse"):
        scanned("conftest", judged, good("conftest", tmp_path))


@pytest.mark.parametrize("check", ["tfsec", "trivy-code", "trivy-plan", "checkov-plan", "checkov-code", "conftest"])
def test_an_unknown_severity_is_the_worst(check: str, tmp_path: Path) -> None:
    result = {"msg": "no", "id": "x", "severity": "SEVERE"}
    script = conftest(tmp_path, plan={"failures": [gathered(result)]}) if check == "conftest" else good(check, tmp_path)
    script = script.replace('"severity": "HIGH"', '"severity": "SEVERE"').replace(
        '"Severity": "HIGH"', '"Severity": ""'
    )
    script = script.replace('"id": "CKV_AWS_27"', '"id": "CKV_AWS_27", "severity": "SEVERE"')
    assert [finding.severity for finding in scanned(check, subject(tmp_path), script).findings] == [Severity.CRITICAL]


@pytest.mark.parametrize("check", ["checkov-plan", "checkov-code"])
def test_a_check_of_checkov_that_is_not_in_the_map_of_severities_blocks(check: str, tmp_path: Path) -> None:
    (one,) = scanned(check, subject(tmp_path), good(check, tmp_path)).findings
    assert one.severity is Severity.HIGH


def test_what_checkov_skips_counts_like_what_fails(tmp_path: Path) -> None:
    skipped = {"id": "CKV_AWS_18", "name": "x", "address": "aws_s3_bucket.a", "file": "main.tf", "line": 1}
    scan = scanned("checkov-plan", subject(tmp_path), prints("checkov-plan", checkov_result("plan", skipped=[skipped])))
    assert {finding.id for finding in scan.findings} == {"CKV_AWS_27", "CKV_AWS_18"}


@pytest.mark.parametrize("check", ["tfsec", "trivy-code", "trivy-plan"])
def test_ids_of_tfsec_and_trivy_are_the_same_whatever_the_version_calls_them(check: str, tmp_path: Path) -> None:
    assert {finding.id for finding in scanned(check, subject(tmp_path), good(check, tmp_path)).findings} == {"AWS-0096"}


def test_an_engine_gets_no_keys_no_tokens_and_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "TRIVY_SEVERITY", "BC_API_KEY", "GITHUB_TOKEN", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "canary")
    with pytest.raises(ToolFailed) as caught:
        scanned("trivy-plan", subject(tmp_path), "env >&2; env | cut -d= -f1 | sort | tr '\\n' ' ' >&2; exit 1")
    assert "canary" not in caught.value.said
    known = {
        "GIT_CONFIG_NOSYSTEM",
        "GOGC",
        "GOMEMLIMIT",
        "HOME",
        "LC_ALL",
        "PATH",
        "PWD",
        "TMPDIR",
        "OLDPWD",
        "SHLVL",
        "_",
    }
    assert set(caught.value.said.splitlines()[-1].split()) <= known


@pytest.mark.parametrize("check", ["trivy-plan", "checkov-plan"])
def test_an_interrupted_run_ends_the_engines_in_threads(check: str, tmp_path: Path) -> None:
    judged = subject(tmp_path)
    failures: list[BaseException] = []

    def body() -> None:
        try:
            scanned(check, judged, f"echo $$ > {tmp_path}/private/pid; exec sleep 30")
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=body)
    begin = time.monotonic()
    thread.start()
    time.sleep(0.3)
    judged.stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - begin < 5
    assert isinstance(failures[0], Interrupted)


def test_checkov_waits_for_the_plan_and_ends_without_one(tmp_path: Path) -> None:
    judged = subject(tmp_path)
    locate = fake_engines.program(tmp_path / "bin", "checkov", "read line; echo $? > ended")
    with checkov.prepared(judged.root, judged.scratch, severities={}, locate=locate) as engines:
        assert [engine.check for engine in engines] == ["checkov-plan", "checkov-code"]


def test_a_program_that_cannot_be_located_is_said_when_the_engine_is_asked(tmp_path: Path) -> None:
    def locate(_name: str, _root: Path) -> Any:
        raise ToolFailed("checkov ==3.3.30 was not found", fix="install it")

    judged = subject(tmp_path)
    with (
        checkov.prepared(judged.root, judged.scratch, severities={}, locate=locate) as engines,
        pytest.raises(ToolFailed, match="was not found"),
    ):
        engines[0].run(judged)
