"""tfsec, trivy and checkov over code: modules are followed, and nothing in a checkout switches a check off."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scanners import fake_engines, judged, subjects
from tests.scanners.judged import places

from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.scanners.tfsec import CannotRead, Tfsec
from infragate.adapters.scanners.trivy import TrivyCode
from infragate.domain.errors import BadInput, ToolFailed

CHECKS = ("tfsec", "trivy-code", "checkov-code")
UNENCRYPTED = {"tfsec": "AWS-0096", "trivy-code": "AWS-0096", "checkov-code": "CKV_AWS_27"}
OPEN = {"tfsec": "AWS-0107", "trivy-code": "AWS-0107", "checkov-code": "CKV_AWS_24"}
QUEUE = 'resource "aws_sqs_queue" "this" {\n  name                    = "q"\n  sqs_managed_sse_enabled = false\n}\n'
MODULE = (
    QUEUE
    + """
variable "open" { type = list(string) }

resource "aws_security_group" "this" {
  description = "x"
  ingress {
    description = "x"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = var.open
  }
}
"""
)


def checkout(tmp_path: Path, files: Mapping[str, str]) -> Subject:
    """A Stack in `infra`; names are below the checkout."""
    subject = fake_engines.subject(tmp_path)
    shutil.copytree(subjects.ROOT / "policy" / "tools", subject.root / "policy" / "tools")
    for name, text in files.items():
        path = subject.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subject


def fetched(subject: Subject, tmp_path: Path, source: str, calls: Mapping[str, str]) -> Subject:
    """The same with modules in Terraform's data folder, as git left them there."""
    data = tmp_path / "data"
    rows = [{"Key": "", "Source": "", "Dir": "."}]
    for key, text in calls.items():
        folder = data / "modules" / key / "modules" / "q"
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(text)
        rows.append({"Key": key, "Source": source, "Dir": str(folder)})
    (data / "modules" / "modules.json").write_text(json.dumps({"Modules": rows}))
    return replace(subject, data=data)


def scanned(check: str, subject: Subject) -> Scan:
    if check == "checkov-code":
        return judged.by_checkov(subject, check)
    return Tfsec().run(subject) if check == "tfsec" else TrivyCode().run(subject)


@pytest.mark.parametrize("check", CHECKS)
def test_a_module_of_the_checkout_is_scanned_with_the_values_of_each_call(check: str, tmp_path: Path) -> None:
    calls = """
variable "open" { type = list(string) }

module "a" {
  source = "../modules/q"
  open   = var.open
}

module "b" {
  source = "../modules/q"
  open   = ["10.0.0.0/8"]
}
"""
    files = {"infra/main.tf": calls, "modules/q/main.tf": MODULE, "infra/dev.tfvars": 'open = ["0.0.0.0/0"]\n'}
    subject = checkout(tmp_path, files)
    scan = scanned(check, replace(subject, var_file=subject.root / "infra" / "dev.tfvars"))
    assert {address for address, _ in places(scan.findings, OPEN[check])} == {"module.a.aws_security_group.this"}
    assert {address for address, _ in places(scan.findings, UNENCRYPTED[check])} == {
        "module.a.aws_sqs_queue.this",
        "module.b.aws_sqs_queue.this",
    }
    assert {where.partition(":")[0] for _, where in places(scan.findings, UNENCRYPTED[check])} == {"modules/q/main.tf"}


@pytest.mark.parametrize("check", CHECKS)
def test_a_fetched_module_is_scanned_where_terraform_keeps_it_and_placed_at_its_call(
    check: str, tmp_path: Path
) -> None:
    source = "git::https://example.com/infra.git//modules/q?ref=v1"
    code = f'module "a" {{\n  source = "{source}"\n  open   = ["0.0.0.0/0"]\n}}\n'
    subject = fetched(checkout(tmp_path, {"infra/main.tf": code}), tmp_path, source, {"a": MODULE})
    scan = scanned(check, subject)
    assert places(scan.findings, OPEN[check]) == {("module.a.aws_security_group.this", "infra/main.tf:1")}
    assert places(scan.findings, UNENCRYPTED[check]) == {("module.a.aws_sqs_queue.this", "infra/main.tf:1")}


@pytest.mark.parametrize("check", CHECKS)
def test_a_module_that_was_not_fetched_is_not_passed_over(check: str, tmp_path: Path) -> None:
    code = 'module "a" {\n  source = "git::https://example.com/infra.git//q?ref=v1"\n}\n'
    with pytest.raises(BadInput, match="module a is not at hand"):
        scanned(check, checkout(tmp_path, {"infra/main.tf": QUEUE + code}))


NAMED = QUEUE.replace('"this"', '"{0}"')
# Each queue is hidden from an engine in another way; the settings would hide all of them.
HIDING = {
    "infra/main.tf": NAMED.replace("{0}", "plain"),
    "infra/tfsec.tf": NAMED.replace("{0}", "tfsec").replace("{\n", "{ #tfsec:exp:2099-01-01:ignore:*\n", 1),
    "infra/trivy.tf": "#trivy:ignore:AVD-AWS-0096\n" + NAMED.replace("{0}", "trivy"),
    "infra/checkov.tf": NAMED.replace("{0}", "checkov").replace("{\n", "{\n  # checkov:skip=CKV_AWS_27:no\n", 1),
    "infra/.tfsec/config.yml": "exclude: [aws-sqs-enable-queue-encryption]\n",
    "infra/.trivyignore": "AWS-0096\n",
    ".trivyignore": "AWS-0096\n",
    "infra/trivy.yaml": "severity: [CRITICAL]\n",
    "infra/.checkov.yaml": "skip-check: [CKV_AWS_27]\n",
}


@pytest.mark.parametrize("check", CHECKS)
def test_no_comment_and_no_settings_of_a_checkout_switch_a_check_off(check: str, tmp_path: Path) -> None:
    scan = scanned(check, checkout(tmp_path, HIDING))
    assert {address for address, _ in places(scan.findings, UNENCRYPTED[check])} == {
        f"aws_sqs_queue.{name}" for name in ("plain", "tfsec", "trivy", "checkov")
    }


MODERN = {
    "import": 'import {\n  to = aws_sqs_queue.this\n  id = "q"\n}\n',
    "removed": "removed {\n  from = aws_sqs_queue.old\n  lifecycle {\n    destroy = false\n  }\n}\n",
    "check": 'check "x" {\n  assert {\n    condition     = true\n    error_message = "x"\n  }\n}\n',
    "a function of a provider": 'locals {\n  arn = provider::aws::arn_parse("arn:aws:sqs:eu-west-1:1:q")\n}\n',
}


@pytest.mark.parametrize("block", MODERN)
def test_tfsec_says_which_file_it_cannot_read_and_trivy_reads_it(block: str, tmp_path: Path) -> None:
    subject = checkout(tmp_path, {"infra/main.tf": QUEUE, "infra/modern.tf": MODERN[block]})
    with pytest.raises(CannotRead, match=r"infra/modern\.tf:") as caught:
        Tfsec().run(subject)
    assert "/tmp" not in caught.value.message
    assert "AWS-0096" in judged.ids(TrivyCode().run(subject))


def test_code_that_is_wrong_is_no_code_that_tfsec_is_too_old_for(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed) as caught:
        Tfsec().run(checkout(tmp_path, {"infra/main.tf": QUEUE + "resource {{{\n"}))
    assert not isinstance(caught.value, CannotRead)


@pytest.mark.parametrize("check", CHECKS)
def test_a_stack_without_code_is_not_passed_over(check: str, tmp_path: Path) -> None:
    subject = checkout(tmp_path, {})
    (subject.root / "infra" / "main.tf").unlink()
    with pytest.raises(BadInput, match="no Terraform code"):
        scanned(check, subject)


@pytest.mark.parametrize("check", CHECKS)
def test_code_behind_a_link_that_leads_out_is_not_passed_over(check: str, tmp_path: Path) -> None:
    subject = checkout(tmp_path, {"infra/main.tf": QUEUE})
    (tmp_path / "outside.tf").write_text(QUEUE)
    (subject.root / "infra" / "other.tf").symlink_to(tmp_path / "outside.tf")
    with pytest.raises(BadInput, match="leads out"):
        scanned(check, subject)


def test_a_plan_beside_the_code_does_not_take_its_place(tmp_path: Path) -> None:
    subject = checkout(tmp_path, {"infra/main.tf": QUEUE})
    (subject.root / "infra" / "tfplan.json").write_bytes(subject.plan_json.read_bytes())
    assert "AWS-0096" in judged.ids(TrivyCode().run(subject))
