"""The tests of a set of policies: its own, its known-bad inputs, how often its rules fire, and what the tests reach."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from infragate.adapters.local import files
from infragate.adapters.scanners import conftest, engine_run, rego_folder
from infragate.adapters.scanners.conftest import Evaluation
from infragate.adapters.scanners.engine_run import EngineOutput
from infragate.adapters.scanners.rego_folder import PolicyFolder, RegoPackage, RegoPackages
from infragate.adapters.tools.tool_store import Located
from infragate.domain.gate.rule_record import FailedTest, RuleRecord, SetRecord

OPA = "opa"
# OPA takes every data file of a folder as data; Conftest takes policies only.
_POLICIES_ONLY = ("--ignore=*.json", "--ignore=*.yaml", "--ignore=*.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTests:
    """How sets are tested.

    Attributes:
        conftest, opa: the programs.
        data: what the rules read as `data.infragate` beside the plans.
        timeout: of each program, in seconds.
    """

    conftest: Located
    opa: Located
    data: Mapping[str, Any]
    timeout: float
    stop: Event = field(default_factory=Event, repr=False, compare=False)

    def run(self, policies: PolicyFolder, plans: Sequence[Path], scratch: Path) -> SetRecord:
        """Test one set.

        Args:
            plans: the JSON of plans.
            scratch: a private folder of its own.

        Raises:
            BadInput: it has no policies that can be used.
            ToolFailed: a program failed, or did not evaluate every rule.
        """
        packages = rego_folder.read(policies)
        passed, failures = self._own_tests(policies, packages, scratch)
        failed = Counter(packages.files[str(failure.file)] for failure in failures)
        data = json.dumps({"infragate": dict(self.data)}).encode()
        place = files.private_folder(scratch / "conftest")
        evaluation = Evaluation(located=self.conftest, policies=policies, bounds=self, place=place, data=data)
        tried, _ = evaluation.of_known_bad(packages)
        entries = evaluation.of(plans, packages)[0] if plans else []
        fired = Counter((entry["namespace"], entry["filename"]) for entry, _, _ in conftest.results(entries))
        covered = {} if failures else self._coverage(policies, packages, scratch)
        rules = tuple(
            RuleRecord(
                package=rule.name,
                id=rule.id,
                bad=rule.bad,
                passed=_of_rule(passed, rule),
                failed=_of_rule(failed, rule),
                silence=conftest.silence(rule, tried),
                fired=tuple(fired[rule.name, str(plan)] for plan in plans),
                coverage=covered.get(rule.name),
            )
            for rule in packages.rules
        )
        libraries = passed.total() - sum(rule.passed for rule in rules)
        return SetRecord(
            name=policies.name, folder=policies.folder, rules=rules, failures=failures, libraries=libraries
        )

    def _own_tests(
        self, policies: PolicyFolder, packages: RegoPackages, scratch: Path
    ) -> tuple[Counter[str], tuple[FailedTest, ...]]:
        """How many tests of each package passed, and those that failed; one that is marked as to do is neither."""
        flags = ("verify", "--output", "json", "--no-color", "--policy", str(policies.folder))
        ran = self._run(self.conftest, flags, policies, files.private_folder(scratch / "tests"))
        if ran.output.stat().st_size == 0:
            raise engine_run.failed(conftest.NAME, f"could not run the tests of {policies.name}", ran.stderr)
        entries = engine_run.document(conftest.NAME, ran.output, ran.stderr) or []  # null without tests
        if not isinstance(entries, list):
            raise engine_run.failed(conftest.NAME, "printed an unknown document: not a list")
        passed: Counter[str] = Counter()
        failures = []
        for entry in entries:
            file = engine_run.part(conftest.NAME, entry, "filename", str)
            if file not in packages.files:
                raise engine_run.failed(conftest.NAME, f"ran tests of {file}, which is no file of {policies.name}")
            passed[packages.files[file]] += engine_run.part(conftest.NAME, entry, "successes", int)
            for failure in engine_run.part(conftest.NAME, entry, "failures", list, []):
                name = engine_run.part(conftest.NAME, failure, "msg", str).removeprefix("data.")
                failures.append(FailedTest(file=Path(file), name=name))
        if ran.code != (1 if failures else 0):
            raise engine_run.failed(conftest.NAME, f"ended with exit code {ran.code}", ran.stderr)
        return passed, tuple(sorted(failures, key=lambda failure: failure.name))

    def _coverage(self, policies: PolicyFolder, packages: RegoPackages, scratch: Path) -> dict[str, float]:
        """The percentage of lines that tests reach, of each package without its tests."""
        flags = ("test", str(policies.folder), "--coverage", "--format", "json", *_POLICIES_ONLY)
        ran = self._run(self.opa, flags, policies, files.private_folder(scratch / "coverage"))
        if ran.code != 0:
            raise engine_run.failed(OPA, f"could not measure what the tests of {policies.name} reach", ran.stderr)
        reached: Counter[str] = Counter()
        lines: Counter[str] = Counter()
        document = engine_run.document(OPA, ran.output, ran.stderr)
        for file, counts in engine_run.part(OPA, document, "files", dict, {}).items():
            package = packages.files.get(file)
            if package is None or file.endswith(rego_folder.TESTS):
                continue
            hit = engine_run.part(OPA, counts, "covered_lines", int, 0)
            reached[package] += hit
            lines[package] += hit + engine_run.part(OPA, counts, "not_covered_lines", int, 0)
        return {package: round(100 * reached[package] / total, 1) for package, total in lines.items() if total}

    def _run(self, program: Located, flags: Sequence[str], policies: PolicyFolder, place: Path) -> EngineOutput:
        return engine_run.run(program, flags, bounds=self, scratch=place, readable=(policies.folder,))


def _of_rule(tests: Counter[str], rule: RegoPackage) -> int:
    """Tests are in the package of their rule, or in one with `_test` at its end."""
    return tests[rule.name] + tests[f"{rule.name}_test"]
