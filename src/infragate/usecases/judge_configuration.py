"""Judges the code of a Stack before Terraform may run any of it: `plan`, `apply` and `check` (docs/code-rules.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from infragate import __version__
from infragate.adapters import git
from infragate.adapters.local import clock, code_policy_file, files, trust, waivers_file
from infragate.adapters.modules import module_list
from infragate.adapters.terraform import hcl
from infragate.adapters.terraform.code_reader import CodeReader
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.domain import verdict as verdicts
from infragate.domain.command import Command, advice
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Blocked, InfragateError
from infragate.domain.exit_codes import of_verdict
from infragate.domain.finding import Evidence, Finding
from infragate.domain.gate import waivers
from infragate.domain.modules import module_lock
from infragate.domain.terraform import code_files, code_rules, code_sources
from infragate.domain.terraform.code_module import CodeModule
from infragate.domain.terraform.code_policy import CodePolicy
from infragate.domain.verdict import Verdict

CHECK = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRequest:
    """What to judge.

    Attributes:
        root: the checkout, or a draft of it.
        data_folder: TF_DATA_DIR with the fetched modules; None before they are fetched.
    """

    root: Path
    environment: Environment
    data_folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCode:
    """How the code was judged.

    Attributes:
        findings: all, waived ones too; warnings: those that do not fail the run.
        calls: the code calls modules.
        outside: files that code reads outside of the folders of its modules.
        modules: the Stack's code and that of its modules.
    """

    environment: str
    directory: str
    findings: tuple[Finding, ...]
    evidence: Evidence
    verdict: Verdict
    calls: bool
    outside: tuple[Path, ...] = ()
    modules: tuple[CodeModule, ...] = field(default=(), repr=False)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.fails)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """Those that would fail the run without a Waiver."""
        return self.verdict.waived(self.findings)


def run(request: JudgeRequest) -> JudgedCode:
    """Read all code of a Stack, and its modules as far as they are at hand; judge it.

    Raises:
        BadInput: policy/code.yaml, policy/waivers.yaml or a folder cannot be read. Integrity: the module lock is damaged.
    """
    begin, environment = clock.monotonic(), request.environment
    policy = code_policy_file.load(request.root)
    register = waivers_file.load(trust.root(request.root), shown_from=request.root)
    reader = _reader(request)
    modules, findings = _complaints(request, policy, reader)
    today = clock.now().date()
    evidence = Evidence(
        check=CHECK,
        tool="infragate",
        version=__version__,
        input_digest=hashlib.sha256(json.dumps(sorted(reader.read.items())).encode()).hexdigest(),
        scanned=len(reader.read),
        duration_seconds=clock.monotonic() - begin,
        result="complete",
    )
    verdict = verdicts.decide(
        findings,
        evidence=(evidence,),
        required_checks=({CHECK: evidence.input_digest},),
        waivers=waivers.counting(register.waivers, today=today),
        environment=environment.name,
        today=today,
    )
    complaints = register.complaints(findings, environment=environment.name, today=today, ids_run=(f"{CHECK}/",))
    return JudgedCode(
        environment=environment.name,
        directory=environment.directory,
        findings=(*findings, *complaints),
        evidence=evidence,
        verdict=verdict,
        calls=any(block.kind == "module" for module in modules for _, block in module.blocks),
        outside=reader.outside_files(),
        modules=modules,
    )


def refuse_sources(request: JudgeRequest) -> None:
    """Refuse sources of modules that are never fetched; whether the lock knows the others is not asked.

    Raises:
        Blocked: a source runs a program, holds a password, or is a place on this machine.
    """
    judged = run(request)
    wrong = tuple(finding for finding in judged.verdict.findings if finding.id == code_sources.REFUSED)
    if wrong:
        refuse(replace(judged, verdict=replace(judged.verdict, findings=wrong)))


def refuse(judged: JudgedCode) -> None:
    """Raise the error for a Verdict that does not allow the run; its class has the exit code of the Verdict."""
    if judged.verdict.allows:
        return
    findings, code = judged.verdict.findings, of_verdict(judged.verdict)
    first = findings[0]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    kind = next((kind for kind in InfragateError.__subclasses__() if kind.exit_code == code), Blocked)
    every = (" (all of them: ", Command("check", env=judged.environment), ")") if len(findings) > 1 else None
    raise kind(first.message + more, where=first.where, fix=advice(first.fix, every)).listing(findings)


def _reader(request: JudgeRequest) -> CodeReader:
    stack, data = request.root / request.environment.directory, request.data_folder
    return CodeReader(
        root=request.root,
        stack=stack,
        var_file=request.environment.var_file,
        fetched={} if data is None else module_list.folders(data, stack),
        packages=None if data is None else (data / "modules").resolve(),
    )


def _complaints(
    request: JudgeRequest, policy: CodePolicy, reader: CodeReader
) -> tuple[tuple[CodeModule, ...], tuple[Finding, ...]]:
    """The modules, and all Findings, each once: a module that is called twice is judged twice."""
    try:
        modules = reader.modules()
        return modules, tuple(dict.fromkeys(_findings(request, policy, reader, modules)))
    except RecursionError as error:
        message, where = "the code is nested too deeply to be judged", request.environment.directory
        raise BadInput(message, where=where, fix="write it flatter") from error
    except OSError as error:
        message = f"cannot read the code: {error.strerror}"
        raise BadInput(message, where=str(error.filename), fix="check the name and its permissions") from error


def _findings(
    request: JudgeRequest, policy: CodePolicy, reader: CodeReader, modules: tuple[CodeModule, ...]
) -> Iterator[Finding]:
    root, environment = request.root, request.environment
    folder = root / environment.directory
    names = [path.name for path in folder.iterdir()]
    left = [name for name in names if code_files.is_left(name)]
    tracked = [name for name in left if git.tracks(root, f"{environment.directory}/{name}")]
    yield from code_files.of_names(names, tracked, folder=environment.directory, var_file=environment.var_file)
    yield from code_files.of_links(reader.links_out())
    lock_file = f"{environment.directory}/{LOCK_FILE}"
    yield from code_files.of_provider_lock(_checksums(root / lock_file, lock_file), lock_file)
    text = files.read(root / module_lock.FILE)
    lock = module_lock.EMPTY if text is None else module_lock.parse(text)
    if not modules[0].files:
        yield code_files.of_nothing(environment.directory)
    for module in modules:
        yield from code_sources.of_calls(module, lock, environment.directory)
        yield from code_rules.of_module(module, policy)
    for file in reader.tests():
        yield from code_sources.of_test(modules[0], file)
    for key in sorted(reader.fetched.keys() - {module.key for module in modules}):
        yield code_files.of_unread(key, environment.directory)
    for module, file, block in reader.outside:
        yield code_sources.of_outside(module, file, block)


def _checksums(path: Path, name: str) -> dict[str, int]:
    """How many checksums each provider of a lock file has; without the file Terraform itself does not go on.

    Only those of a scheme that Terraform 1.11.4 knows: it passes over any other, and checks nothing if none is left.
    """
    if not path.exists():
        return {}
    file, counts = hcl.read(path, name=name), {}
    for block in file.blocks:
        _, _, body = file.content[block.span.start : block.span.end].rpartition(b"}")[0].partition(b"{")
        hashes = hcl.strings(body, name=name).get("hashes", ())
        counts["".join(block.labels[:1])] = sum(text.startswith(("h1:", "zh:")) for text in hashes)
    return counts
