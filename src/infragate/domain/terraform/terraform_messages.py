"""What Terraform's diagnostics mean for the person who ran it: exit code, place, next command."""

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
    """One error or warning as Terraform's `-json` output has it.

    Attributes:
        file: relative to the Stack's folder.
        of_argument: it points into a resource's block: the provider refuses what is written there.
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
        """True if a condition of the code failed: the words are those of its author, not Terraform's."""
        return _CONDITION.fullmatch(self.summary) is not None

    @property
    def text(self) -> str:
        """Summary and detail."""
        return f"{self.summary}\n{self.detail}"

    def finding(self, folder: str) -> Finding:
        """The complaint; its file as seen from the checkout's root.

        Args:
            folder: the Stack's.
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
    """Who holds a state lock, as Terraform's lock info says."""

    id: str
    who: str
    created: str
    operation: str = ""
    version: str = ""


def diagnostic(event: Mapping[str, Any]) -> Diagnostic | None:
    """The diagnostic inside one line of `-json` output, else None."""
    given = event.get("diagnostic")
    if event.get("type") != "diagnostic" or not isinstance(given, Mapping):
        return None
    span, address = _mapping(given.get("range")), given.get("address")
    file, line = span.get("filename"), _mapping(span.get("start")).get("line")
    address = str(address) if address else None
    code = str(_mapping(given.get("snippet")).get("code") or "").strip()
    return Diagnostic(
        severity=str(given.get("severity", "error")),
        summary=str(given.get("summary", "")),
        detail=str(given.get("detail", "")),
        file=str(file) if file else None,
        line=line if isinstance(line, int) else None,
        address=address,
        of_argument=bool(address and code and not _BLOCK.match(code)),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def from_text(text: str) -> Diagnostic | None:
    """The first error of Terraform's human output (some failures of `init` come before `-json` is in force)."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [re.sub(r"^[│╷╵|]\s?", "", line).rstrip() for line in plain.splitlines()]
    for number, line in enumerate(lines):
        if line.startswith("Error: "):
            detail = "\n".join(lines[number + 1 :]).strip()
            return Diagnostic(severity="error", summary=line.removeprefix("Error: "), detail=detail)
    return None


def lock_holder(text: str) -> LockHolder | None:
    """The lock info block of Terraform's lock error (`ID:`, `Who:`, `Created:` lines)."""

    def entry(name: str) -> str:
        found = re.search(rf"^\s*{name}:[ \t]+(.+?)\s*$", text, re.MULTILINE)
        return found.group(1) if found else ""

    identity = entry("ID")
    if not identity:
        return None
    return LockHolder(
        id=identity, who=entry("Who"), created=entry("Created"), operation=entry("Operation"), version=entry("Version")
    )


def explain(found: Sequence[Diagnostic], *, program: str, where: str) -> InfragateError:
    """The error for a failed run, from its diagnostics.

    Args:
        program: what ran ("terraform plan"); where: the Stack's folder.
    """
    errors = [entry for entry in found if entry.severity == "error"]
    if not errors:
        return ToolFailed(f"{program} failed and did not say why", where=where, fix=Command("doctor"))
    # A resource, or a condition of the code, may fail with the very same words.
    of_backend = [entry for entry in errors if not entry.address and not entry.of_condition]
    of_anything = [entry for entry in errors if not entry.of_argument and not entry.of_condition]
    for known, entries in ((_OF_BACKEND, of_backend), (_KNOWN, of_anything)):
        for pattern, make in known:
            for entry in entries:
                if pattern.search(entry.text):
                    return make(entry, where)
    return _unclassified(errors, program, where)


_OF_INPUT = re.compile(r"(Invalid|Missing|Unsupported|Duplicate|Unknown|Reference to)\b")
_CONDITION = re.compile(
    r"(Resource (pre|post)condition|Module output value precondition) failed|Invalid value for variable"
)
_OF_API = re.compile(r"\bapi error\b|operation error|https response error|StatusCode: [45]")
_BLOCK = re.compile(r"(resource|data|ephemeral|module|provider)\b")  # an API's refusal points at the whole of it
# What a provider says of a whole block before it asks any API.
_OF_BLOCK = re.compile(r"(Conflicting configuration|Invalid combination of|Missing required) arguments?")


def _unclassified(errors: Sequence[Diagnostic], program: str, where: str) -> InfragateError:
    first, finding = errors[0], errors[0].finding(where)
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    message = finding.message + more
    place = finding.where if first.file or first.address else where
    of_input = first.of_argument or first.of_condition or _OF_BLOCK.fullmatch(first.summary)
    if not of_input and (first.address or _OF_API.search(first.text)):
        return RemoteFailed(message, where=place, fix="mend the cause, then plan again")
    if of_input or first.file or _OF_INPUT.match(first.summary):
        return BadInput(message, where=place, fix="mend the configuration, then plan again")
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
            "the state is locked and the holder left no name", where=where, fix=(Command("doctor"), " shows the lock")
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
        f"the state in the bucket is not the one that its digest names{shown}",
        where=where,
        fix="do not apply; compare the object's versions with the digest item (docs/state-backend.md, 'State digest')",
    )


def _fixed(
    kind: type[InfragateError], message: str, fix: Advice, *, with_detail: bool = False
) -> Callable[[Diagnostic, str], InfragateError]:
    def make(entry: Diagnostic, where: str) -> InfragateError:
        said = f"{message}: {_sentence(entry)}" if with_detail else message
        return kind(said, where=entry.finding(where).where if entry.file else where, fix=fix)

    return make


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


Known = Sequence[tuple[re.Pattern[str], Callable[[Diagnostic, str], InfragateError]]]

# The first match decides; causes stand before consequences.
_OF_BACKEND: Known = (
    (
        _pattern(
            "Calculated checksum", "state data in S3 does not have the expected content", "does not match.*digest"
        ),
        _digest,
    ),
    (
        _pattern("Failed to (save|persist) state", "errored\\.tfstate"),
        _fixed(
            RemoteFailed,
            "the new state could not be saved in the bucket; it lies in errored.tfstate",
            "keep that file; when the bucket can be reached again: terraform state push errored.tfstate",
        ),
    ),
    (_pattern("ConditionalCheckFailedException", "PreconditionFailed", "At least one of the pre-?conditions"), _locked),
    (
        _pattern("NoSuchBucket", "S3 bucket \\S+ does not exist", "bucket does not exist"),
        _fixed(
            RemoteFailed, "the state bucket does not exist", Command("bootstrap-backend", ("--plan",)), with_detail=True
        ),
    ),
    (
        _pattern(
            "Error acquiring the state lock.*ResourceNotFoundException",
            "(Unable to retrieve item|lock).*ResourceNotFound",
        ),
        _fixed(
            RemoteFailed, "the lock table does not exist", Command("bootstrap-backend", ("--plan",)), with_detail=True
        ),
    ),
)
_KNOWN: Known = (
    (
        _pattern("no space left on device", "disk quota exceeded"),
        _fixed(
            BadInput,
            "the disk is full",
            ("free some space, then run it again (", Command("doctor"), " shows the disk)"),
            with_detail=True,
        ),
    ),
    (
        _pattern("ExpiredToken", "RequestExpired", "token (included in the request )?is expired"),
        _fixed(RemoteFailed, "the AWS credentials have expired", "sign in again (aws sso login), then run it again"),
    ),
    (
        _pattern("No valid credential sources", "InvalidClientTokenId", "failed to refresh cached credentials"),
        _fixed(RemoteFailed, "Terraform has no valid AWS credentials", Command("doctor"), with_detail=True),
    ),
    (
        _pattern("AWS account ID not allowed", "account ID not (allowed|permitted)"),
        _fixed(
            Integrity,
            "these credentials belong to another account",
            "account_id in the tfvars must be the one in infra/environments.yaml",
            with_detail=True,
        ),
    ),
    (
        _pattern("saved plan is stale", "plan file can no longer be applied", "was created (by|for) a different"),
        _fixed(Integrity, "the plan is stale: the state has changed since", "plan again, review, then apply"),
    ),
    (
        _pattern(
            "AccessDenied",
            "UnauthorizedOperation",
            "not authorized to perform",
            "AuthorizationError",
            "StatusCode: 403",
        ),
        _fixed(RemoteFailed, "AWS refused", "docs/roles.md says which role may do what", with_detail=True),
    ),
    (_pattern("Error acquiring the state lock"), _locked),
    (
        _pattern(
            "Inconsistent dependency lock file",
            "Provider dependency changes detected",
            "does not match any of the checksums",
            "does not match configured version constraint",
            "checksum (mismatch|list)",
        ),
        _fixed(
            Integrity,
            "the provider lock file does not fit",
            "git checkout the .terraform.lock.hcl; change providers on purpose only",
            with_detail=True,
        ),
    ),
    (
        _pattern("Unsupported Terraform Core version"),
        _fixed(ToolFailed, "this Terraform does not fit the configuration", Command("tools-install"), with_detail=True),
    ),
    (
        _pattern(
            "did not match any file\\(s\\) known to git",
            "couldn't find remote ref",
            "unknown revision",
            "Remote branch \\S+ not found",
        ),
        _fixed(BadInput, "a module's ref does not exist", "correct ?ref= in the module's source", with_detail=True),
    ),
    (
        _pattern("no available releases match the given constraints"),
        _fixed(BadInput, "no such version of a provider", "correct required_providers", with_detail=True),
    ),
    (
        _pattern(
            "no such host",
            "connection refused",
            "network is unreachable",
            "dial tcp",
            "i/o timeout",
            "TLS handshake",
            "Could not resolve host",
            "Failed to query available provider packages",
            "could not connect to registry",
            "Failed to connect to",
        ),
        _fixed(RemoteFailed, "the network failed", "check network and proxy, then run it again", with_detail=True),
    ),
    (
        _pattern(
            "Failed to load plugin schemas", "Could not load the schema", "plugin did not respond", "Provider produced"
        ),
        _fixed(ToolFailed, "a provider crashed or is broken", Command("doctor"), with_detail=True),
    ),
)


def errors(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Only the errors."""
    return [entry for entry in found if entry.severity == "error"]
