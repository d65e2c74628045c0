"""Shell scripts in the place of tfsec, trivy, checkov and Conftest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.scanners import subjects

from infragate.adapters.scanners import checkov
from infragate.adapters.scanners.conftest import Conftest
from infragate.adapters.scanners.engine import Engine, Scan
from infragate.adapters.scanners.rego_folder import PolicyFolder
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.scanners.tfsec import Tfsec
from infragate.adapters.scanners.trivy import TrivyCode, TrivyPlan
from infragate.adapters.tools.tool_store import Located

VERSIONS = {"tfsec": "1.28.14", "trivy": "0.76.0", "checkov": "3.3.30", "conftest": "0.69.0"}
CHECKS = {
    "tfsec": "tfsec",
    "trivy-code": "trivy",
    "trivy-plan": "trivy",
    "checkov-plan": "checkov",
    "checkov-code": "checkov",
    "conftest": "conftest",
}
TARGET = "@target@"
CODE = 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n'
RULE = """\
# METADATA
# custom:
#   id: IG-X-01
package infragate.x.y

deny contains {"id": "IG-X-01", "msg": "no"} if input.bad
"""
PLAN: dict[str, Any] = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_sqs_queue.jobs",
                    "mode": "managed",
                    "type": "aws_sqs_queue",
                    "name": "jobs",
                    "values": {"name": "jobs"},
                }
            ]
        }
    },
    "resource_changes": [
        {
            "address": "aws_sqs_queue.jobs",
            "mode": "managed",
            "type": "aws_sqs_queue",
            "name": "jobs",
            "change": {"actions": ["create"], "before": None, "after": {"name": "jobs"}, "after_unknown": {}},
        }
    ],
    "configuration": {"root_module": {}},
}


def subject(tmp_path: Path, *, timeout: float = 20.0) -> Subject:
    """A Stack with one queue, the plan that creates it, and a policy with one rule."""
    root = tmp_path / "checkout"
    (root / "infra").mkdir(parents=True)
    (root / "infra" / "main.tf").write_text(CODE)
    rule = root / "policy" / "rego" / "x" / "y"
    rule.mkdir(parents=True)
    (rule / "policy.rego").write_text(RULE)
    (rule / "bad.json").write_text('{"bad": true}')
    return subjects.subject(
        tmp_path, json.dumps(PLAN).encode(), root=root, folder=root / "infra", environment="dev", timeout=timeout
    )


def program(folder: Path, name: str, script: str | None) -> Callable[[str, Path], Located]:
    """Locates a script under the name of an engine; None for a file that is not there."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    if script is not None:
        for file in (path, path.with_name("python")):
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(0o755)
    located = Located(name=name, version=VERSIONS[name], path=path, source="cache", sha256="")
    return lambda _name, _root: located


def scanned(check: str, subject: Subject, script: str | None) -> Scan:
    """What the engine of a check makes of what a script does in the place of its program."""
    locate = program(subject.scratch.parent / "bin", CHECKS[check], script)
    if check.startswith("checkov"):
        with checkov.prepared(subject.pins, subject.scratch, checks=(check,), severities={}, locate=locate) as engines:
            return engines[0].run(subject)
    if check == "conftest":
        return Conftest(locate=locate).run(subject)
    others: dict[str, Engine] = {
        "tfsec": Tfsec(locate=locate),
        "trivy-code": TrivyCode(locate=locate),
        "trivy-plan": TrivyPlan(locate=locate),
    }
    return others[check].run(subject)


def scanned_for_others(subject: Subject, script: str) -> Scan:
    """What Conftest makes of a script over policies that are not ours."""
    policies = PolicyFolder(name="theirs", folder=subject.policy / "policy" / "rego", known_bad=False)
    locate = program(subject.scratch.parent / "bin", "conftest", script)
    return Conftest(policies=(policies,), locate=locate).run(subject)


def prints(check: str, document: Any) -> str:
    """A script that prints a document as the engine does: checkov's writes it into a file of its working folder.

    TARGET in it becomes what the engine was given to scan, its last argument.
    """
    text = document if isinstance(document, str) else json.dumps(document)
    target = " > result.json" if check.startswith("checkov") else ""
    return f"for last; do :; done\nsed \"s,{TARGET},$last,\" <<'END'{target}\n{text}\nEND"
