"""What must be refused before anything else: roles that are not the caller's. By trust policy, OIDC subject, MFA."""

from __future__ import annotations

from typing import Any

from tests.e2e.role_rows_allowed import NAMED, NUMBERED, role
from tests.e2e.role_world import DEV, PROD, STATE, Row, token

ACCOUNTS = {"dev": DEV, "prod": PROD}
IDENTITY = "InvalidIdentityToken"


def _assume(name: str, who: str, arn: str, *, code: str = "", mfa: bool = False, **facts: Any) -> Row:
    return Row(name=name, call=lambda w: w.assume(who, arn, **facts, **(w.mfa() if mfa else {})), code=code)


def _atlantis() -> list[Row]:
    rows = []
    for env, account in ACCOUNTS.items():
        other = "prod" if env == "dev" else "dev"
        right: dict[str, Any] = {"ExternalId": f"fileflow-{env}", "SourceIdentity": "alice"}
        wrong: dict[str, dict[str, Any]] = {
            "a wrong ExternalId": {**right, "ExternalId": "wrong"},
            "no ExternalId": {**right, "ExternalId": None},
            f"{other}'s ExternalId": {**right, "ExternalId": f"fileflow-{other}"},
            "no SourceIdentity": {**right, "SourceIdentity": None},
            "session tags": {**right, "Tags": [{"Key": "team", "Value": "platform"}]},
        }
        for purpose in ("plan", "apply"):
            arn = role(account, f"fileflow-{env}-{purpose}")
            rows += [
                _assume(f"Atlantis asks for {env}'s {purpose} with {what}", "atlantis", arn, **facts)
                for what, facts in wrong.items()
            ]
            two_hours = {**right, "DurationSeconds": 7200}
            rows.append(
                _assume(
                    f"Atlantis asks for {env}'s {purpose} for two hours",
                    "atlantis",
                    arn,
                    code="ValidationError",
                    **two_hours,
                )
            )
        rows.append(
            _assume(
                f"Atlantis asks for {env}'s break-glass",
                "atlantis",
                role(account, f"fileflow-{env}-break-glass"),
                **right,
            )
        )
        rows.append(
            _assume(
                f"Atlantis asks for {env}'s bootstrap role", "atlantis", role(account, "OrganizationAccountAccessRole")
            )
        )
    return [*rows, _assume("Atlantis asks for the administrator's role", "atlantis", role(STATE, "platform-admin"))]


def _emergency() -> list[Row]:
    rows = []
    for env, account in ACCOUNTS.items():
        arn = role(account, f"fileflow-{env}-break-glass")
        rows += [
            _assume(f"{env} break-glass without MFA", "oncall", arn, SourceIdentity="kim"),
            _assume(f"{env} break-glass without saying who it is", "oncall", arn, mfa=True),
            _assume(
                f"{env} break-glass with somebody else's device",
                "oncall",
                arn,
                SourceIdentity="kim",
                SerialNumber=f"arn:aws:iam::{STATE}:mfa/lee",
                TokenCode="123456",
            ),
            _assume(
                f"{env} break-glass with a code and no device", "oncall", arn, SourceIdentity="kim", TokenCode="123456"
            ),
            _assume(f"{env} break-glass by the account's own administrator", f"admin-{env}", arn, SourceIdentity="kim"),
            _assume(
                f"{env} break-glass by the state account's administrator", "admin-state", arn, SourceIdentity="kim"
            ),
        ]
        facts = {"ExternalId": f"fileflow-{env}", "SourceIdentity": "kim"}
        for purpose in ("plan", "apply"):
            target = role(account, f"fileflow-{env}-{purpose}")
            rows.append(
                _assume(f"the engineer on call asks for {env}'s {purpose}", "oncall", target, mfa=True, **facts)
            )
    return rows


def _sideways() -> list[Row]:
    dev, prod = ({"ExternalId": f"fileflow-{env}"} for env in ("dev", "prod"))
    moves: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("dev-plan", role(DEV, "fileflow-dev-apply"), dev),
        ("dev-plan", role(DEV, "fileflow-dev-break-glass"), {}),
        ("dev-apply", role(DEV, "fileflow-dev-break-glass"), {}),
        ("dev-apply", role(DEV, "OrganizationAccountAccessRole"), {}),
        ("dev-plan", role(PROD, "fileflow-prod-plan"), prod),
        ("dev-apply", role(PROD, "fileflow-prod-apply"), prod),
        ("dev-break-glass", role(PROD, "fileflow-prod-break-glass"), {}),
        ("prod-plan", role(DEV, "fileflow-dev-plan"), dev),
        ("dev-plan", role(STATE, "fileflow-dev-state-apply"), {}),
        ("dev-plan", role(STATE, "fileflow-dev-state-break-glass"), {}),
        ("dev-apply", role(STATE, "fileflow-dev-state-break-glass"), {}),
        ("dev-apply", role(STATE, "fileflow-dev-state-plan"), {}),
        ("dev-plan", role(STATE, "fileflow-prod-state-plan"), {}),
        ("dev-apply", role(STATE, "fileflow-prod-state-apply"), {}),
        ("prod-apply", role(STATE, "fileflow-dev-state-apply"), {}),
        ("dev-state-plan", role(STATE, "fileflow-dev-state-apply"), {}),
        ("dev-state-apply", role(STATE, "fileflow-prod-state-apply"), {}),
        ("dev-state-apply", role(DEV, "fileflow-dev-apply"), dev),
        ("atlantis", role(STATE, "fileflow-dev-state-plan"), {}),
        ("atlantis", role(STATE, "fileflow-dev-state-apply"), {}),
        ("oncall", role(STATE, "fileflow-dev-state-break-glass"), {}),
        ("admin-state", role(STATE, "fileflow-dev-state-apply"), {}),
        ("admin-dev", role(STATE, "fileflow-dev-state-apply"), {}),
        ("admin-dev", role(DEV, "fileflow-dev-apply"), {"SourceIdentity": "alice", **dev}),
        ("task", role(STATE, "fileflow-dev-state-apply"), {}),
        ("task", role(STATE, "fileflow-dev-state-break-glass"), {}),
        ("task", role(DEV, "fileflow-dev-apply"), {"SourceIdentity": "alice", **dev}),
        ("dev-plan", role(STATE, "fileflow-drift"), {"ExternalId": "fileflow-drift"}),
        ("dev-state-apply", role(STATE, "fileflow-drift"), {"ExternalId": "fileflow-drift"}),
        ("admin-state", role(STATE, "fileflow-drift"), {"ExternalId": "fileflow-drift", "SourceIdentity": "alice"}),
        ("atlantis", role(STATE, "fileflow-drift"), {"ExternalId": "fileflow-dev", "SourceIdentity": "alice"}),
        ("drift", role(STATE, "fileflow-dev-state-plan"), {}),
        ("task", role(PROD, "fileflow-prod-apply"), {"SourceIdentity": "alice", **prod}),
    )
    rows = [_assume(f"{who} asks for {arn.rpartition('/')[2]}", who, arn, **facts) for who, arn, facts in moves]
    own = role(STATE, "fileflow-dev-state-plan")
    return [*rows, _assume("dev-plan goes on under another SourceIdentity", "dev-plan", own, SourceIdentity="bob")]


def _workflow(name: str, arn: str, subject: str, *, code: str = "", **claims: Any) -> Row:
    return Row(name=name, call=lambda w: w.workflow(arn, token(subject, **claims)), code=code)


def _subjects(purpose: str, hostile: dict[str, str]) -> list[Row]:
    arn = role(STATE, "fileflow-drift") if purpose == "drift" else role(DEV, f"fileflow-dev-{purpose}")
    return [_workflow(f"a workflow asks for {purpose}: {what}", arn, subject) for what, subject in hostile.items()]


def _strangers(end: str) -> dict[str, str]:
    """Other repositories, owners and spellings, for a subject that would be right for ours."""
    return {
        "a fork": f"repo:mallory/fileflow:{end}",
        "another repository of ours": f"repo:acme/billing:{end}",
        "a longer repository name": f"repo:acme/fileflow-tools:{end}",
        "a longer owner name": f"repo:acme-labs/fileflow:{end}",
        "upper case": f"repo:ACME/fileflow:{end}",
        "a new owner under the old name": f"repo:acme@1/fileflow@90210042:{end}",
        "a new repository under the old name": f"repo:acme@4217001/fileflow@1:{end}",
        "our ids under another name": f"repo:mallory@4217001/fileflow@90210042:{end}",
        "only the owner's id": f"repo:acme@4217001/fileflow:{end}",
        "a wildcard": f"repo:acme/*:{end}",
        "text before": f"xrepo:acme/fileflow:{end}",
        "text after": f"repo:acme/fileflow:{end}x",
    }


def _workflows() -> list[Row]:
    plan = {
        **_strangers("pull_request"),
        "a feature branch": f"{NAMED}:ref:refs/heads/feature",
        "a branch named like main": f"{NAMED}:ref:refs/heads/main2",
        "a branch below main": f"{NUMBERED}:ref:refs/heads/main/x",
        "a tag": f"{NAMED}:ref:refs/tags/v1.0.0",
        "a tag named main": f"{NAMED}:ref:refs/tags/main",
        "prod's environment": f"{NAMED}:environment:prod",
        "an environment named like dev": f"{NUMBERED}:environment:dev2",
        "nothing": "",
        "a star": "*",
    }
    apply = {
        **_strangers("environment:dev"),
        "a pull request": f"{NAMED}:pull_request",
        "a pull request, with ids": f"{NUMBERED}:pull_request",
        "the main branch": f"{NAMED}:ref:refs/heads/main",
        "the main branch, with ids": f"{NUMBERED}:ref:refs/heads/main",
        "prod's environment": f"{NAMED}:environment:prod",
        "prod's environment, with ids": f"{NUMBERED}:environment:prod",
        "an environment in upper case": f"{NAMED}:environment:DEV",
        "nothing": "",
    }
    drift = {
        **_strangers("ref:refs/heads/main"),
        "a pull request": f"{NAMED}:pull_request",
        "a pull request, with ids": f"{NUMBERED}:pull_request",
        "a feature branch": f"{NAMED}:ref:refs/heads/feature",
        "a tag named main": f"{NAMED}:ref:refs/tags/main",
        "an environment": f"{NUMBERED}:environment:dev",
        "nothing": "",
    }
    rows = [("plan", plan), ("apply", apply), ("drift", drift)]
    return [*(row for purpose, hostile in rows for row in _subjects(purpose, hostile)), *_tokens()]


def _tokens() -> list[Row]:
    arn, right = role(DEV, "fileflow-dev-plan"), f"{NAMED}:pull_request"
    return [
        _workflow("a token for another audience", arn, right, audience="https://github.com/acme", code=IDENTITY),
        _workflow(
            "a token of another issuer",
            arn,
            right,
            issuer="https://token.actions.githubusercontent.com.evil.io",
            code=IDENTITY,
        ),
        _workflow(
            "a token of an issuer with a path",
            arn,
            right,
            issuer="https://token.actions.githubusercontent.com/acme",
            code=IDENTITY,
        ),
        _workflow("a token that has ended", arn, right, seconds=-60, code="ExpiredTokenException"),
        Row(name="something that is no token", call=lambda w: w.workflow(arn, "abcd"), code=IDENTITY),
        _workflow(
            "a workflow asks for dev's break-glass", role(DEV, "fileflow-dev-break-glass"), f"{NAMED}:environment:dev"
        ),
        _workflow(
            "a workflow of dev asks for prod's apply", role(PROD, "fileflow-prod-apply"), f"{NAMED}:environment:dev"
        ),
        _workflow(
            "a workflow asks for the bootstrap role",
            role(DEV, "OrganizationAccountAccessRole"),
            f"{NAMED}:environment:dev",
        ),
        _workflow("a workflow asks for a state role", role(STATE, "fileflow-dev-state-plan"), right),
    ]


ROWS = [*_atlantis(), *_emergency(), *_sideways(), *_workflows()]
