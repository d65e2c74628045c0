"""The error that Terraform's diagnostics become: exit code, place, next command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from infragate.domain.command import Advice, Command, advice
from infragate.domain.errors import BadInput, InfragateError, Integrity, RemoteFailed, ToolFailed
from infragate.domain.shortening import cut
from infragate.domain.terraform import known_messages
from infragate.domain.terraform.diagnostic import Diagnostic, errors, in_order
from infragate.domain.terraform.known_messages import Known
from infragate.domain.terraform.state_lock import lock_holder, locked

AGAIN = "run it again"
_WIDTH = 600  # of a message on screen; `findings` hold it whole
_DIGEST = re.compile(
    r"Calculated checksum|state data in S3 does not have the expected|does not match.*digest", re.IGNORECASE
)
_HELD = re.compile(
    r"ConditionalCheckFailedException|PreconditionFailed|At least one of the pre-?conditions", re.IGNORECASE
)
_LOCK = re.compile(r"Error acquiring the state lock")
_NO_VALUE = re.compile(r'input variable "([^"]+)" is not set')
_HOST = re.compile(r"(?:://(?:[^@/\s'\"]*@)?|\bgit@)(\[[0-9a-f:]+\]|[^/:'\"\s]+)")


def explain(diagnostics: Iterable[Diagnostic], *, program: str, where: str, again: Advice = AGAIN) -> InfragateError:
    """The error for a failed run, from its diagnostics; it lists all of them.

    Args:
        program: name for messages, such as "terraform plan".
        where: the Stack's folder.
        again: what repeats the run.
    """
    every = in_order(diagnostics)
    failures = errors(every)
    if not failures:
        return ToolFailed(
            f"{program} failed without an error message", where=where, fix="docs/diagnostics.md, 'A provider crashes'"
        )
    error = _cause(failures, where, again) or _unclassified(failures[0], where, again)
    if len(failures) > 1:
        error.message += f" (and {len(failures) - 1} more)"
    return error.listing(entry.finding for entry in every)


def of_git(text: str, *, where: str) -> InfragateError | None:
    """The error for what git prints when it refuses; None for a text that is not known."""
    entry = Diagnostic(severity="error", summary="git", detail=text)
    return _listed(known_messages.GIT, [entry], where, AGAIN)


def _cause(failures: Sequence[Diagnostic], where: str, again: Advice) -> InfragateError | None:
    """The error of the first failure that is known; causes are looked for before consequences."""
    # A resource, or a condition in the code, may fail with the same message as the backend.
    of_backend = [entry for entry in failures if not entry.address and not entry.of_condition]
    of_anything = [entry for entry in failures if not entry.of_argument and not entry.of_condition]
    of_modules = [entry for entry in of_backend if "git exited with" in entry.text]
    if digest := _first(of_backend, _DIGEST):
        return _digest(digest, where)
    if error := _listed(known_messages.BACKEND, of_backend, where, again):
        return error
    if held := _first(of_backend, _HELD):
        return locked(lock_holder(held.lines), where=where)
    for table, entries in ((known_messages.GIT, of_modules), (known_messages.ANYTHING, of_anything)):
        if error := _listed(table, entries, where, again):
            return error
    held = _first(of_anything, _LOCK)
    return locked(lock_holder(held.lines), where=where) if held else None


def _first(entries: Sequence[Diagnostic], pattern: re.Pattern[str]) -> Diagnostic | None:
    return next((entry for entry in entries if pattern.search(entry.text)), None)


def _listed(table: Sequence[Known], entries: Sequence[Diagnostic], where: str, again: Advice) -> InfragateError | None:
    """The error of the first row that fits an entry."""
    for known in table:
        if entry := _first(entries, known.pattern):
            return _known(known, entry, where, again)
    return None


def _known(known: Known, entry: Diagnostic, where: str, again: Advice) -> InfragateError:
    server = _HOST.search(entry.text) or _HOST.search(where)
    name = server[1] if server else "the server of that repository"
    message = known.message.replace("{host}", name)
    fix = known.fix.replace("{host}", name) if isinstance(known.fix, str) else known.fix
    if not isinstance(fix, Command) and not str(fix).startswith("docs/"):
        fix = advice(fix, ", then ", again)
    text = f"{message}: {entry.sentence}" if known.detail else message
    return known.kind(cut(text, _WIDTH), where=_place(entry, where), fix=fix)


def _unclassified(entry: Diagnostic, where: str, again: Advice) -> InfragateError:
    """Input, unless AWS or a provider answered otherwise."""
    if variable := _NO_VALUE.search(entry.text):
        return _without_value(variable[1], entry, where, again)
    message = cut(entry.sentence, _WIDTH) + "".join(f"; {value}" for value in entry.inputs)
    if _of_remote(entry):
        return RemoteFailed(message, where=_place(entry, where), fix=advice("correct the cause, then ", again))
    target = _target(entry)
    return BadInput(
        message,
        where=_place(entry, where),
        fix=advice(f"correct {target or 'the configuration'}, then ", again),
    )


def _of_remote(entry: Diagnostic) -> bool:
    if entry.of_argument or entry.of_condition or not known_messages.ANSWER.search(entry.text):
        return False
    is_data = re.search(r"(^|\.)data\.", entry.address or "") is not None
    if is_data and known_messages.NOTHING_THERE.search(entry.text):
        return False
    return known_messages.ANSWER_TO_INPUT.search(entry.text) is None


def _without_value(name: str, entry: Diagnostic, where: str, again: Advice) -> BadInput:
    declared = f", which {entry.file}:{entry.line} declares" if entry.file else ""
    file = entry.inputs[0].file if entry.inputs else "the tfvars"
    return BadInput(
        f"No value for required variable: {file} does not set {name}{declared}",
        where=file if entry.inputs else _place(entry, where),
        fix=advice(f"set {name} in {file}, then ", again),
    )


def _target(entry: Diagnostic) -> str:
    """What to edit: the tfvars line of a variable, else the line of the diagnostic."""
    set_there = [value for value in entry.inputs if value.line]
    if len(set_there) == 1:
        return f"{set_there[0].name} in {set_there[0].file}:{set_there[0].line}"
    if entry.file:
        return f"{entry.file}:{entry.line}" if entry.line else entry.file
    return ""


def _place(entry: Diagnostic, where: str) -> str:
    """The file and line, with the address; else the address; else the Stack's folder."""
    if not entry.file:
        return entry.address or where
    return f"{entry.finding.where} ({entry.address})" if entry.address else entry.finding.where


def _digest(entry: Diagnostic, where: str) -> Integrity:
    sums = re.findall(r"(?:Calculated|Stored) checksum:[ \t]*(\S*)", entry.lines)
    shown = f" (calculated {sums[0] or 'none'}, stored {sums[1] or 'none'})" if len(sums) == 2 else ""
    return Integrity(
        f"the state in the bucket does not match its digest{shown}",
        where=where,
        fix="do not apply; compare the object's versions with the digest item (docs/state-backend.md, 'State digest')",
    )
