"""Terraform's diagnostics, and the errors they become: exit code, place, next command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infragate.domain.command import Advice, Command
from infragate.domain.errors import BadInput, InfragateError, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One error or warning of Terraform's `-json` output.

    Attributes:
        file: relative to the Stack's folder.
        of_argument: True if it points into a resource's block: the provider refuses an argument.
    """

    severity: str
    summary: str
    detail: str
    file: str | None = None
    line: int | None = None
    address: str | None = None
    of_argument: bool = False

    @property
    def of_condition(self) -> bool:
        """True if a condition in the code failed: its author wrote the message, not Terraform."""
        return _CONDITION.fullmatch(self.summary) is not None

    @property
    def text(self) -> str:
        return f"{self.summary}\n{self.detail}"

    def finding(self, folder: str) -> Finding:
        """The Finding; its file is relative to the checkout's root.

        Args:
            folder: the Stack's folder.
        """
        outside = self.file is None or self.file.startswith(("/", ".."))
        return Finding(
            id=f"terraform/{self.severity}",
            source="terraform",
            severity=Severity.HIGH if self.severity == "error" else Severity.MEDIUM,
            message=_sentence(self),
            address=self.address,
            file=self.file if outside else f"{folder}/{self.file}",
            line=self.line,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """The holder of a state lock, from Terraform's lock info."""

    id: str
    who: str
    created: str
    operation: str = ""
    version: str = ""


def diagnostic(event: Mapping[str, Any]) -> Diagnostic | None:
    """The diagnostic in one line of `-json` output; None if it has none."""
    entry = event.get("diagnostic")
    if event.get("type") != "diagnostic" or not isinstance(entry, Mapping):
        return None
    span, address = _mapping(entry.get("range")), entry.get("address")
    file, line = span.get("filename"), _mapping(span.get("start")).get("line")
    address = str(address) if address else None
    code = str(_mapping(entry.get("snippet")).get("code") or "").strip()
    return Diagnostic(
        severity=str(entry.get("severity", "error")),
        summary=str(entry.get("summary", "")),
        detail=str(entry.get("detail", "")),
        file=str(file) if file else None,
        line=line if isinstance(line, int) else None,
        address=address,
        of_argument=bool(address and code and not _BLOCK.match(code)),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def from_text(text: str) -> Diagnostic | None:
    """The first error of Terraform's text output (`init` can fail before it switches to `-json`)."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [re.sub(r"^[│╷╵|]\s?", "", line).rstrip() for line in plain.splitlines()]
    for number, line in enumerate(lines):
        if line.startswith("Error: "):
            detail = "\n".join(lines[number + 1 :]).strip()
            return Diagnostic(severity="error", summary=line.removeprefix("Error: "), detail=detail)
    return None


def lock_holder(text: str) -> LockHolder | None:
    """The lock info of Terraform's lock error (lines `ID:`, `Who:`, `Created:`)."""

    def entry(name: str) -> str:
        match = re.search(rf"^\s*{name}:[ \t]+(.+?)\s*$", text, re.MULTILINE)
        return match[1] if match else ""

    identity = entry("ID")
    if not identity:
        return None
    return LockHolder(
        id=identity, who=entry("Who"), created=entry("Created"), operation=entry("Operation"), version=entry("Version")
    )


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Only the errors."""
    return [entry for entry in diagnostics if entry.severity == "error"]


def explain(diagnostics: Iterable[Diagnostic], *, program: str, where: str) -> InfragateError:
    """The error for a failed run, from its diagnostics.

    Args:
        program: name for messages, such as "terraform plan".
        where: the Stack's folder.
    """
    failures = errors(diagnostics)
    if not failures:
        return ToolFailed(f"{program} failed without an error message", where=where, fix=Command("doctor"))
    # A resource, or a condition in the code, may fail with the same message as the backend.
    of_backend = [entry for entry in failures if not entry.address and not entry.of_condition]
    of_anything = [entry for entry in failures if not entry.of_argument and not entry.of_condition]
    for rules, entries in ((_OF_BACKEND, of_backend), (_OF_ANYTHING, of_anything)):
        for pattern, make in rules:
            for entry in entries:
                if pattern.search(entry.text):
                    return make(entry, where)
    return _unclassified(failures, program, where)


_Rule = tuple[re.Pattern[str], Callable[[Diagnostic, str], InfragateError]]
_OF_INPUT = re.compile(r"(Invalid|Missing|Unsupported|Duplicate|Unknown|Reference to)\b")
_CONDITION = re.compile(
    r"(Resource (pre|post)condition|Module output value precondition) failed|Invalid value for variable"
)
_OF_API = re.compile(r"\bapi error\b|operation error|https response error|StatusCode: [45]")
_BLOCK = re.compile(r"(resource|data|ephemeral|module|provider)\b")  # where the diagnostic of a refused API call points
# A provider reports these for a whole block before it calls any API.
_OF_BLOCK = re.compile(r"(Conflicting configuration|Invalid combination of|Missing required) arguments?")


def _unclassified(failures: Sequence[Diagnostic], program: str, where: str) -> InfragateError:
    first, finding = failures[0], failures[0].finding(where)
    message = finding.message + (f" (and {len(failures) - 1} more)" if len(failures) > 1 else "")
    place = finding.where if first.file or first.address else where
    of_input = first.of_argument or first.of_condition or _OF_BLOCK.fullmatch(first.summary)
    if not of_input and (first.address or _OF_API.search(first.text)):
        return RemoteFailed(message, where=place, fix="correct the cause, then plan again")
    if of_input or first.file or _OF_INPUT.match(first.summary):
        return BadInput(message, where=place, fix="correct the configuration, then plan again")
    return ToolFailed(f"{program}: {message}", where=where, fix=Command("doctor"))


def _sentence(entry: Diagnostic) -> str:
    detail = " ".join(entry.detail.split())
    return f"{entry.summary.rstrip('.:')}: {detail[:400]}" if detail else entry.summary


def _locked(entry: Diagnostic, where: str) -> InfragateError:
    return locked(lock_holder(entry.text), where=where)


def locked(holder: LockHolder | None, *, where: str, age: str = "") -> Locked:
    """The error that names who holds the state lock."""
    if holder is None:
        return Locked(
            "the state is locked by an unknown holder", where=where, fix=(Command("doctor"), " shows the lock")
        )
    since = f" since {holder.created}" if holder.created else ""
    ago = f" ({age} ago)" if age else ""
    doing = f" for {holder.operation}" if holder.operation else ""
    return Locked(
        f"the state is locked by {holder.who or 'somebody'}{since}{ago}{doing}; lock id {holder.id}",
        where=where,
        fix=f"wait for it to end; if that run is dead: terraform force-unlock {holder.id} (docs/state-backend.md)",
    )


def _digest(entry: Diagnostic, where: str) -> InfragateError:
    sums = re.findall(r"(?:Calculated|Stored) checksum:[ \t]*(\S*)", entry.text)
    shown = f" (calculated {sums[0] or 'none'}, stored {sums[1] or 'none'})" if len(sums) == 2 else ""
    return Integrity(
        f"the state in the bucket does not match its digest{shown}",
        where=where,
        fix="do not apply; compare the object's versions with the digest item (docs/state-backend.md, 'State digest')",
    )


def _rule(pattern: str, kind: type[InfragateError], message: str, fix: Advice, *, with_detail: bool = True) -> _Rule:
    def make(entry: Diagnostic, where: str) -> InfragateError:
        text = f"{message}: {_sentence(entry)}" if with_detail else message
        return kind(text, where=entry.finding(where).where if entry.file else where, fix=fix)

    return _pattern(pattern), make


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# The first match decides; causes come before consequences.
_OF_BACKEND: Sequence[_Rule] = (
    (_pattern(r"Calculated checksum|state data in S3 does not have the expected|does not match.*digest"), _digest),
    _rule(
        r"Failed to (save|persist) state|errored\.tfstate",
        RemoteFailed,
        "the new state could not be saved in the bucket; it is in errored.tfstate",
        "keep that file; when the bucket can be reached again: terraform state push errored.tfstate",
        with_detail=False,
    ),
    (_pattern(r"ConditionalCheckFailedException|PreconditionFailed|At least one of the pre-?conditions"), _locked),
    _rule(
        r"NoSuchBucket|S3 bucket \S+ does not exist|bucket does not exist",
        RemoteFailed,
        "the state bucket does not exist",
        Command("bootstrap-backend", ("--plan",)),
    ),
    _rule(
        r"Error acquiring the state lock.*ResourceNotFoundException|(Unable to retrieve item|lock).*ResourceNotFound",
        RemoteFailed,
        "the lock table does not exist",
        Command("bootstrap-backend", ("--plan",)),
    ),
)
_OF_ANYTHING: Sequence[_Rule] = (
    _rule(
        r"no space left on device|disk quota exceeded",
        BadInput,
        "the disk is full",
        ("free some space, then run it again (", Command("doctor"), " shows the disk)"),
    ),
    _rule(
        r"ExpiredToken|RequestExpired|token (included in the request )?is expired",
        RemoteFailed,
        "the AWS credentials have expired",
        "sign in again (aws sso login), then run it again",
        with_detail=False,
    ),
    _rule(
        r"No valid credential sources|InvalidClientTokenId|failed to refresh cached credentials",
        RemoteFailed,
        "Terraform has no valid AWS credentials",
        Command("doctor"),
    ),
    _rule(
        r"AWS account ID not allowed|account ID not (allowed|permitted)",
        Integrity,
        "these credentials belong to another account",
        "account_id in the tfvars must be the one in infra/environments.yaml",
    ),
    _rule(
        r"saved plan is stale|plan file can no longer be applied|was created (by|for) a different",
        Integrity,
        "the plan is stale: the state has changed since",
        "plan again, review, then apply",
        with_detail=False,
    ),
    _rule(
        r"AccessDenied|UnauthorizedOperation|not authorized to perform|AuthorizationError|StatusCode: 403",
        RemoteFailed,
        "AWS refused access",
        "docs/roles.md lists what each role may do",
    ),
    (_pattern(r"Error acquiring the state lock"), _locked),
    _rule(
        r"Inconsistent dependency lock file|Provider dependency changes detected|checksum (mismatch|list)"
        r"|does not match (any of the checksums|configured version constraint)",
        Integrity,
        "the provider lock file does not match",
        "git checkout the .terraform.lock.hcl; change providers on purpose only",
    ),
    _rule(
        r"Unsupported Terraform Core version",
        ToolFailed,
        "the configuration needs another version of Terraform",
        Command("tools-install"),
    ),
    _rule(
        r"setting\s+'depth'\s+requires\s+'ref'",
        BadInput,
        "depth=1 fetches a tag only, but a module is pinned by a commit id",
        "remove depth=1 from the module's source, or pin a tag",
    ),
    _rule(
        r"did not match any file\(s\) known to git|couldn't find remote ref|unknown revision"
        r"|Remote branch \S+ not found",
        BadInput,
        "a module's ref does not exist",
        "correct ?ref= in the module's source",
    ),
    _rule(
        r"no available releases match the given constraints",
        BadInput,
        "no such version of a provider",
        "correct required_providers",
    ),
    _rule(
        r"no such host|connection refused|network is unreachable|dial tcp|i/o timeout|TLS handshake"
        r"|Could not resolve host|Failed to (query available provider packages|connect to)"
        r"|could not connect to registry",
        RemoteFailed,
        "the network failed",
        "check network and proxy, then run it again",
    ),
    _rule(
        r"Failed to load plugin schemas|Could not load the schema|plugin did not respond|Provider produced",
        ToolFailed,
        "a provider crashed or is broken",
        Command("doctor"),
    ),
)
