"""Judges how an Atlantis server was started: flags and variables that let somebody past the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from infragate.domain.finding import Finding
from infragate.domain.front_doors import atlantis_settings
from infragate.domain.front_doors.atlantis_settings import complaint

PREFIX = "ATLANTIS_"
APPROVE = "approve_policies"
# As Go reads a boolean.
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("", "0", "f", "F", "false", "FALSE", "False"))


def server_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of a server by their flags' names, without dashes; a flag counts more than its variable.

    Args:
        arguments: of the command line. A flag without a value is "true".
    """
    settings = {
        name.removeprefix(PREFIX).lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value
    }
    for argument, after in pairwise((*arguments, "--")):
        if argument.startswith("--"):
            name, given, value = argument.removeprefix("--").partition("=")
            settings[name] = value if given else "true" if after.startswith("--") else after
    return settings


def of_server(settings: Mapping[str, str], document: Any) -> tuple[Finding, ...]:
    """The complaints about a server and its `repos.yaml`.

    Args:
        settings: of `server_settings`.
        document: the decoded file.
    """
    rules = (_of_api, _of_callers, _of_checkout, _of_rules)
    of_settings = [finding for rule in rules for finding in rule(settings)]
    of_file = atlantis_settings.of_file(document)
    ours = atlantis_settings.has_policy_check(document) and not of_file
    return (*of_settings, *_of_policy_checks(settings, ours=ours), *_of_hooks(settings, document), *of_file)


def _on(settings: Mapping[str, str], name: str) -> bool:
    """True unless the setting is surely off."""
    return settings.get(name, "") not in _FALSE


def _of_api(settings: Mapping[str, str]) -> Iterator[Finding]:
    if settings.get("api-secret"):
        message = "the API plans and applies without a pull request, past approvals and requirements"
        yield complaint("api-secret", message, fix="start the server without --api-secret", address="--api-secret")


def _of_callers(settings: Mapping[str, str]) -> Iterator[Finding]:
    if _on(settings, "allow-fork-prs"):
        message = "pull requests of forks run on the server: anybody's code"
        yield complaint("forks", message, fix="remove --allow-fork-prs", address="--allow-fork-prs")
    if not settings.get("gh-webhook-secret"):
        message = "anybody can send events to the server: it checks no signature"
        fix = "set ATLANTIS_GH_WEBHOOK_SECRET, and the same secret at the GitHub App"
        yield complaint("webhook-secret", message, fix=fix, address="--gh-webhook-secret")
    for entry in (part.strip() for part in settings.get("repo-allowlist", "*").split(",")):
        # In Atlantis `*` also matches a slash: an entry must name host and owner before its first one.
        if "*" in entry and not entry.startswith("!") and entry.partition("*")[0].count("/") < 2:
            message = f"the allow list takes repositories of others: {entry!r}"
            yield complaint("allow-list", message, fix="name host/owner/repository", address="--repo-allowlist")


def _of_checkout(settings: Mapping[str, str]) -> Iterator[Finding]:
    if settings.get("checkout-strategy") != "merge":
        message = "the requirement undiverged is always met: only a merge checkout looks at the base branch"
        fix = "start the server with --checkout-strategy=merge"
        yield complaint("undiverged", message, fix=fix, address="--checkout-strategy")


def _of_rules(settings: Mapping[str, str]) -> Iterator[Finding]:
    for name in ("config", "repo-config-json"):
        if settings.get(name):
            message = f"settings come from --{name}, which is not judged"
            fix = "give them as flags or variables, and the rules as --repo-config FILE"
            yield complaint("unjudged", message, fix=fix, address=f"--{name}")
    if not settings.get("repo-config") and not settings.get("repo-config-json"):
        message = "the server has no rules of its own: Atlantis runs its own steps, and requires nothing"
        yield complaint("no-rules", message, fix="start it with --repo-config repos.yaml", address="--repo-config")


def _of_policy_checks(settings: Mapping[str, str], *, ours: bool) -> Iterator[Finding]:
    """The rendered policy check never ends with an error, and the apply step judges again."""
    if ours and not _on(settings, "enable-policy-checks"):
        message = "the policy check of the rules does not run"
        fix = "start the server with --enable-policy-checks, or remove policy_check from infra/environments.yaml"
        yield complaint("policy-checks-off", message, fix=fix, address="--enable-policy-checks")
    commands = [command.strip() for command in settings.get("allow-commands", APPROVE).split(",")]
    if not ours and _on(settings, "enable-policy-checks") and (APPROVE in commands or "all" in commands):
        message = f"anybody clears a policy check that ended with an error, by the comment atlantis {APPROVE}"
        fix = f"remove --enable-policy-checks, or {APPROVE} from --allow-commands"
        yield complaint("policy-checks", message, fix=fix, address="--enable-policy-checks")


def _of_hooks(settings: Mapping[str, str], document: Any) -> Iterator[Finding]:
    entries = document.get("repos") if isinstance(document, dict) else None
    hooks = [
        entry
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and entry.get("pre_workflow_hooks")
    ]
    if hooks and settings.get("fail-on-pre-workflow-hook-error") not in _TRUE:
        message = "plan and apply go on when a pre-workflow hook fails"
        fix = "start the server with --fail-on-pre-workflow-hook-error"
        yield complaint("hooks", message, fix=fix, address="--fail-on-pre-workflow-hook-error")
