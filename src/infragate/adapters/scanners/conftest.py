"""Conftest over the plan: the Rego policies of the trusted bundle, and those of others.

It passes without having looked: over the wrong namespace, over policies without a rule, with a rule that can never fire
(a field with a spelling mistake), with an error inside a built-in function. So every namespace must be in its answer, with
at least one rule that was evaluated, and each rule must first refuse the input beside it that is known to be bad.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from infragate.adapters.local import files
from infragate.adapters.scanners import engine_run, gathered_rules, rego_folder
from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.engine_run import Bounds, Locate
from infragate.adapters.scanners.rego_folder import PolicyFolder, RegoPackage, RegoPackages
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.tools import tool_store
from infragate.adapters.tools.tool_store import Located
from infragate.domain.finding import Finding, Severity

NAME = "conftest"
RUNBOOKS = "runbooks/policies"
_FLAGS = ("test", "--show-builtin-errors", "--parser", "json", "--output", "json", "--no-color")
# What it says of Rego v0: a body without `if`, a set without `contains`; and of what v1 has no more, or has made a keyword.
_V0 = re.compile(
    r"(?P<file>\S+\.rego)(?::(?P<line>\d+): rego_parse_error: `(?:if|contains)` keyword is required| at line)"
)
_GONE = re.compile(
    r"(?P<file>\S+\.rego):(?P<line>\d+): rego_\w+_error: (?P<what>deprecated built-in function calls in expression: \w+"
    r"|(?:variables|import) must not shadow [\w.]+|unexpected (?:if|in|contains|every) keyword)"
)
_OF_KIND = {"failures": Severity.HIGH, "warnings": Severity.MEDIUM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conftest:
    """The check `conftest`.

    Attributes:
        policies: the sets; none for the bundle's own, `policy/rego`.
        data: what the policies read as `data.infragate`.
    """

    policies: tuple[PolicyFolder, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    check: str = "conftest"
    program: str = NAME
    locate: Locate = tool_store.program

    def run(self, subject: Subject) -> Scan:
        located = self.locate(NAME, subject.pins)
        scratch = engine_run.own_scratch(subject, self.check)
        own = PolicyFolder(name="policy/rego", folder=subject.policy / "policy" / "rego")
        sets = self.policies or (own,)
        findings: list[Finding] = []
        seconds = 0.0
        for number, policies in enumerate(sets):
            place = files.private_folder(scratch / str(number))
            found, spent = self._judge(located, policies, subject, place)
            findings += found
            seconds += spent
        digest = subject.plan_digest
        return Scan(
            findings=tuple(dict.fromkeys(findings)),
            evidence=engine_run.evidence(
                self.check, located, digest=digest, scanned=subject.managed or 1, seconds=seconds
            ),
        )

    def _judge(
        self, located: Located, policies: PolicyFolder, subject: Subject, place: Path
    ) -> tuple[list[Finding], float]:
        """The Findings of one set, and how long it took."""
        packages = rego_folder.read(policies)
        data = json.dumps({"infragate": dict(self.data)}).encode()
        evaluation = Evaluation(located=located, policies=policies, bounds=subject, place=place, data=data)
        tried, seconds = evaluation.of_known_bad(packages)
        for rule in packages.rules:
            if why := silence(rule, tried):
                raise engine_run.failed(NAME, f"cannot be trusted: {why}")
        entries, spent = evaluation.of([engine_run.plan(NAME, subject)], packages)
        said = [_finding(entry, kind, result) for entry, kind, result in results(entries)]
        return [*said, *_unproven(policies, packages)], seconds + spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An evaluation of a set of policies.

    Attributes:
        place: a private folder of its own.
        data: what the policies read beside the input, as JSON.
    """

    located: Located
    policies: PolicyFolder
    bounds: Bounds
    place: Path
    data: bytes

    def of_known_bad(self, packages: RegoPackages) -> tuple[list[dict[str, Any]], float]:
        """As `of`, for the inputs that the rules must refuse; nothing if there are none."""
        bad = [rule.bad for rule in packages.rules if rule.bad is not None]
        if not bad:
            return [], 0.0
        data = packages.data.read_bytes() if packages.data else self.data
        return replace(self, place=self.place / "bad", data=data).of(bad, packages)

    def of(self, inputs: Sequence[Path], packages: RegoPackages) -> tuple[list[dict[str, Any]], float]:
        """What it says about each input and namespace, and how long it took.

        Raises:
            ToolFailed: it failed, or did not evaluate every rule over every input.
        """
        data = files.private_folder(self.place / "data")
        (data / "data.json").write_bytes(self.data)
        gathered = self.policies.known_bad  # those of others are evaluated as their authors do it
        if gathered:
            read = gathered_rules.files(packages, files.private_folder(self.place / "gathered"))
            chosen = ["--namespace", gathered_rules.PACKAGE, *(f"--policy={path}" for path in read)]
        else:
            read, chosen = (self.policies.folder,), ["--all-namespaces", f"--policy={self.policies.folder}"]
        ran = engine_run.run(
            self.located,
            [*_FLAGS, *chosen, f"--data={data}", *map(str, inputs)],
            bounds=self.bounds,
            scratch=self.place,
            readable=(*read, data, *inputs),
        )
        if ran.output.stat().st_size == 0:  # errors are no JSON; findings are, with the same exit code
            if old := _V0.search(ran.stderr):
                raise rego_folder.rego_v0(f"{old['file']}:{old['line'] or ''}".rstrip(":"))
            if old := _GONE.search(ran.stderr):
                raise rego_folder.rego_v0(f"{old['file']}:{old['line']}", what=old["what"])
            raise engine_run.failed(NAME, f"could not evaluate {self.policies.name}", ran.stderr)
        document = engine_run.document(NAME, ran.output, ran.stderr)
        if not isinstance(document, list):
            raise engine_run.failed(NAME, "printed an unknown document: not a list")
        failures = any(engine_run.part(NAME, entry, "failures", list, []) for entry in document)
        if ran.code != (1 if failures else 0):
            raise engine_run.failed(NAME, f"ended with exit code {ran.code}", ran.stderr)
        if gathered:
            document = gathered_rules.entries(NAME, document, inputs, packages)
        else:
            _refuse_gaps(document, inputs, packages)
        return document, ran.seconds


def _refuse_gaps(entries: Sequence[Any], inputs: Iterable[Path], packages: RegoPackages) -> None:
    """Refuse an answer in which a rule was not evaluated over every input, or a result was lifted."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        file, space = (engine_run.part(NAME, entry, key, str) for key in ("filename", "namespace"))
        if space not in packages.names:
            raise engine_run.failed(NAME, f"evaluated {space}, which is not a package of the policies")
        for kind in ("exceptions", "skipped"):
            if engine_run.part(NAME, entry, kind, list, []):
                raise engine_run.failed(NAME, f"reports {kind} in {space}")
        results = sum(len(engine_run.part(NAME, entry, kind, list, [])) for kind in _OF_KIND)
        if engine_run.part(NAME, entry, "successes", int) + results > 0:
            seen.add((file, space))
    for path in inputs:
        for rule in packages.rules:
            if (str(path), rule.name) not in seen:
                raise engine_run.failed(NAME, f"evaluated no rule of {rule.name} over {path.name}")


def silence(rule: RegoPackage, entries: list[dict[str, Any]]) -> str:
    """Why a rule cannot be trusted: it does not refuse its known-bad input, or refuses it under another id; "" if it can."""
    if rule.bad is None:
        return ""
    ids = {
        _metadata(result).get("id")
        for entry, _, result in results(entries)
        if entry["filename"] == str(rule.bad) and entry["namespace"] == rule.name
    }
    if ids and (not rule.id or ids == {rule.id}):
        return ""
    why = f"refuses it as {', '.join(sorted(map(str, ids)))}, not as {rule.id}" if ids else "does not refuse it"
    return f"{rule.name} has an input that is known to be bad, and {why}"


def results(entries: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Each result with its entry and kind."""
    for entry in entries:
        for kind in _OF_KIND:
            for result in engine_run.part(NAME, entry, kind, list, []):
                yield entry, kind, result


def _metadata(result: dict[str, Any]) -> dict[str, Any]:
    return engine_run.part(NAME, result, "metadata", dict, {})


def _unproven(policies: PolicyFolder, packages: RegoPackages) -> Iterator[Finding]:
    names = sorted(rule.name for rule in packages.rules if rule.bad is None)
    if names:
        yield Finding(
            id=f"{NAME}/unproven",
            source=NAME,
            severity=Severity.LOW,
            message=f"nothing proves that rules of the policies {policies.name} can fire: {', '.join(names)}",
            fix=f"add {rego_folder.KNOWN_BAD} beside them: a small plan that they refuse",
        )


def _finding(entry: dict[str, Any], kind: str, result: dict[str, Any]) -> Finding:
    about = _metadata(result)
    rule = _text(about, "query").rpartition(".")[2] or kind
    name = _text(about, "id") or f"{NAME}/{entry['namespace']}.{rule}"
    word, approvals = _text(about, "severity"), about.get("approvals")
    message, path = engine_run.part(NAME, result, "msg", str), _text(about, "path")
    return Finding(
        id=name,
        source=NAME,
        severity=engine_run.severity(word) if word else _OF_KIND[kind],
        message=f"{path}: {message}" if path and path not in message else message,
        address=_text(about, "address") or None,
        link=f"{RUNBOOKS}/{name}.md" if name.startswith("IG-") else None,
        approvals=max(0, approvals) if isinstance(approvals, int) and not isinstance(approvals, bool) else 0,
    )


def _text(about: Mapping[str, Any], key: str) -> str:
    """A text of a result; the policies of others may have something else under our names."""
    value = about.get(key)
    return value if isinstance(value, str) else ""
