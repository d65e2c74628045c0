"""What real Terraform and git print, as benchmarks/record_messages.py recorded it, and what each message means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.advice import spell

from infragate.domain.command import Command
from infragate.domain.errors import BadInput, InfragateError, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.terraform import diagnostic as diagnostics
from infragate.domain.terraform.terraform_messages import explain, of_git

RECORDED: dict[str, dict[str, Any]] = {
    entry["name"]: entry
    for entry in json.loads((Path(__file__).parents[2] / "data" / "messages.json").read_text(encoding="utf-8"))
}
HOST, PAGE = "127.0.0.1", "(docs/diagnostics.md, 'Private modules')"
# Recorded for what they list; they are not a failure, or their error is tested elsewhere.
LISTS = ("failed checks", "undeclared value")

ROWS: list[tuple[str, type[InfragateError], str, str]] = [
    ("git 401", RemoteFailed, f"git cannot sign in to {HOST}", f"sign git in to {HOST}"),
    ("git 401 with a password", RemoteFailed, f"git cannot sign in to {HOST}", PAGE),
    ("git 403", RemoteFailed, f"git cannot sign in to {HOST}", PAGE),
    ("git 404", RemoteFailed, f"no such repository on {HOST}", PAGE),
    ("git 500", RemoteFailed, f"connection to {HOST}", "check network and proxy"),
    ("git closed connection", RemoteFailed, f"connection to {HOST}", "check network"),
    ("git unknown certificate", RemoteFailed, f"certificate of {HOST}", "SSL_CERT_FILE"),
    ("git early EOF", RemoteFailed, f"connection to {HOST}", "check network"),
    ("git refused connection", RemoteFailed, f"connection to {HOST}", "check network"),
    ("git no such host", RemoteFailed, "connection to modules.invalid", "check network"),
    ("git publickey denied", RemoteFailed, "git cannot sign in to denied.example", PAGE),
    ("sandbox other repository", BadInput, "the sandbox reaches no other repository", "INFRAGATE_SANDBOX_MODULES"),
    ("get publickey denied", RemoteFailed, "git cannot sign in to denied.example", PAGE),
    ("git unknown host key", RemoteFailed, "host key of unknown-key.example", "ssh -T git@unknown-key.example"),
    ("git changed host key", RemoteFailed, "host key of changed-key.example", "ssh -T git@changed-key.example"),
    ("git repository not found", RemoteFailed, "no such repository on gone.example", PAGE),
    ("git ssh closed", RemoteFailed, "connection to closed.example", "check network"),
    ("git ssh no such host", RemoteFailed, "connection to nowhere.example", "check network"),
    ("git no such tag", BadInput, "ref does not exist", "?ref="),
    ("get no such tag", BadInput, "ref does not exist", "?ref="),
    ("git no such commit", BadInput, "ref does not exist", "?ref="),
    ("git shallow commit", BadInput, "depth= in a module's source takes a tag", "remove depth="),
    ("git shallow tag", BadInput, "ref does not exist", "?ref="),
    ("git no such folder", BadInput, 'subdir "nope" not found', "correct"),
    ("git no repository", RemoteFailed, "no such repository", "source"),
    ("local path", BadInput, "lstat nope: no such file", "correct"),
    ("no such scheme", BadInput, "download not supported for scheme 'gitt'", "correct"),
    ("not a source", BadInput, 'use "./modules/m" instead', "main.tf:2"),
    ("get two errors", BadInput, "lstat none", "correct"),
    ("cycle", BadInput, "Cycle: terraform_data.", "correct"),
    ("local cycle", BadInput, "Cycle: local.", "correct"),
    ("import of nothing", BadInput, "import target terraform_data.a does not exist", "main.tf:2"),
    ("undeclared", BadInput, "Reference to undeclared input variable", "main.tf:2"),
    ("syntax", BadInput, "Invalid expression", "main.tf:2"),
    ("missing brace", BadInput, "Unclosed configuration block", "main.tf:1"),
    ("duplicate", BadInput, "Duplicate resource", "main.tf:4"),
    ("two kinds of repetition", BadInput, 'Invalid combination of "count" and "for_each"', "main.tf:3"),
    ("for_each of a list", BadInput, "Invalid for_each argument", "main.tf:2"),
    ("invalid function argument", BadInput, "invalid CIDR address", "main.tf:2"),
    ("missing variable", BadInput, "No value for required variable", "set size in"),
    ("core version", ToolFailed, "needs another version of Terraform", "required_version"),
    ("postcondition", BadInput, "Resource postcondition failed: too small", "main.tf:5"),
    ("moved twice", BadInput, "Ambiguous move statements", "main.tf:8"),
    ("required provider unknown", BadInput, "no such provider", "required_providers"),
    ("backend unknown", BadInput, "Unsupported backend type", "main.tf:2"),
    ("two backends", BadInput, "Duplicate backend configuration", "main.tf:3"),
    ("backend argument", BadInput, 'Did you mean "path"?', "main.tf:3"),
    ("wrong type", BadInput, "a number is required", "x.tfvars:1"),
    ("unreadable values", BadInput, "Invalid multi-line string", "x.tfvars:1"),
    ("stale plan", Integrity, "the plan is stale", "review"),
    ("state is locked", Locked, "locked by kim@laptop", "terraform force-unlock"),
    ("provider hash", Integrity, "has no hash of this provider for this platform", "infragate providers-lock"),
    ("provider changed after init", Integrity, "has no hash of this provider", "infragate providers-lock"),
    ("provider not in lock", Integrity, "lock file does not match", "infragate providers-lock"),
    ("provider version", Integrity, "lock file does not match", "infragate providers-lock"),
    ("provider nowhere", BadInput, "no such version", "required_providers"),
    ("provider panics", ToolFailed, "crashed", "docs/diagnostics.md"),
    ("provider prints", ToolFailed, "crashed", "docs/diagnostics.md"),
    ("provider is no program", ToolFailed, "crashed", "docs/diagnostics.md"),
    ("provider configuration", BadInput, "provider block that was removed", "put the provider block back"),
]


def entries(name: str) -> tuple[diagnostics.Diagnostic, ...]:
    recorded = RECORDED[name]
    if "text" in recorded:
        return diagnostics.from_text(recorded["text"])
    return tuple(diagnostics.read(entry) for entry in recorded["diagnostics"])


@pytest.mark.parametrize(("name", "kind", "says", "fix"), ROWS, ids=[row[0] for row in ROWS])
def test_a_recorded_failure_has_its_code_its_words_and_a_fix(
    name: str, kind: type[InfragateError], says: str, fix: str
) -> None:
    error = explain(entries(name), program="terraform", where="infra/envs/dev", again=Command("plan", env="dev"))
    assert type(error) is kind
    assert says in error.message
    assert fix in str(spell(error.fix))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ls-remote 401", f"git cannot sign in to {HOST}"),
        ("ls-remote 404", f"no such repository on {HOST}"),
        ("ls-remote publickey denied", "git cannot sign in to denied.example"),
    ],
)
def test_what_git_itself_says_means_the_same(name: str, says: str) -> None:
    error = of_git(RECORDED[name]["text"], where="https://denied.example/o/infra.git")
    assert type(error) is RemoteFailed
    assert says in error.message


def test_a_text_of_git_that_is_not_known_is_left_to_the_caller() -> None:
    assert of_git(RECORDED["checkout of another owner"]["text"], where="x") is None


def test_every_recording_has_a_row() -> None:
    git_alone = {name for name, entry in RECORDED.items() if entry["command"].startswith("git")}
    assert RECORDED.keys() - git_alone - set(LISTS) == {row[0] for row in ROWS}


def test_failed_checks_are_warnings_with_their_names_and_messages() -> None:
    found = diagnostics.warnings(entries("failed checks"))
    assert [(finding.address, finding.message, finding.line) for finding in found] == [
        ("check.cache", "Check block assertion failed: cache is small", 3),
        ("check.disk", "Check block assertion failed: disk is small", 9),
    ]


def test_no_password_of_a_source_is_repeated() -> None:
    error = explain(entries("git 401 with a password"), program="terraform init", where="x")
    assert "wrong" not in error.message + "".join(finding.message for finding in error.findings)
