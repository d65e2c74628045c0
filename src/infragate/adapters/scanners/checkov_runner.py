"""Runs checkov over several plans and folders in one process. A program of its own: `python -I checkov_runner.py`.

It runs with the Python of checkov's own environment and imports nothing of infragate. When its checks are loaded it
waits for one line on stdin, the path of a JSON file:

    {"result": PATH, "jobs": [{"kind": "plan", "file": PATH}, {"kind": "code", "folder": PATH, "values": [PATH]}]}

and writes `result`. A job may name "types" of resources: how many checks there are for them is then told, too. It ends
without a result if stdin is closed before. checkov's own command needs three times as long to start: it also loads what
talks to its service, to AWS, to Docker and to git.
"""

from __future__ import annotations

import copy
import gc
import importlib.abc
import importlib.machinery
import json
import os
import sys
import types
from collections.abc import Sequence
from typing import Any

# Clients of services. No scan of a plan or of code uses them; checkov only names their classes.
_CLIENTS = frozenset(("aiohttp", "boto3", "botocore", "docker", "git"))


class _Client(types.ModuleType):
    """Stands for a module; its names are classes that cannot be used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


class _Clients(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds them."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        known = name.partition(".")[0] in _CLIENTS
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if known else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Client(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """It has no code."""


def main() -> None:
    gc.disable()  # almost all that is loaded stays; collecting costs a fifth of the time
    sys.meta_path.insert(0, _Clients())
    _load()
    order = sys.stdin.readline().strip()
    if not order:
        return
    with open(order, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is one more import
        jobs = json.load(file)
    results = [_run(job) for job in jobs["jobs"]]
    from checkov.version import version

    with open(jobs["result"], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({"checkov": version, "jobs": results}, file)
    # The result is written; a normal exit first frees all that was loaded, which takes longer than to judge a plan.
    os._exit(0)


def _load() -> None:
    """All that both kinds of scan need."""
    from checkov.common.checks_infra.registry import get_graph_checks_registry
    from checkov.runner_filter import RunnerFilter  # noqa: F401
    from checkov.terraform.plan_runner import Runner as PlanRunner  # noqa: F401
    from checkov.terraform.runner import Runner  # noqa: F401

    get_graph_checks_registry("terraform").load_checks()
    _make_tables_once()


def _make_tables_once() -> None:
    """ply makes the table of a grammar again for each path that checkov looks up: a quarter of the time over code."""
    from bc_jsonpath_ng.ext import parse
    from ply import yacc

    generate, known = yacc.LRGeneratedTable, {}

    def table(grammar: Any, method: str = "LALR", log: Any = None) -> Any:
        key = (method, str(sorted(grammar.Precedence.items())), *map(str, grammar.Productions))
        if key not in known:
            known[key] = generate(grammar, method, log)
        own = copy.copy(known[key])
        own.lr_productions = grammar.Productions  # they hold the functions of one parser
        return own

    yacc.LRGeneratedTable = table
    parse("a.b[0]")


def _run(job: dict[str, Any]) -> dict[str, Any]:
    from checkov.runner_filter import RunnerFilter
    from checkov.terraform.checks.resource.registry import resource_registry
    from checkov.terraform.plan_runner import Runner as PlanRunner
    from checkov.terraform.runner import Runner

    if job["kind"] == "plan":
        chosen = RunnerFilter(framework=["terraform_plan"])
        report = PlanRunner().run(root_folder=None, files=[job["file"]], runner_filter=chosen)
    else:
        chosen = RunnerFilter(framework=["terraform"], var_files=job["values"])
        report = Runner().run(root_folder=job["folder"], runner_filter=chosen)
    return {
        "kind": job["kind"],
        "loaded": sum(map(len, resource_registry.checks.values())),
        "for_types": sum(len(resource_registry.get_checks(kind)) for kind in job.get("types", ())),
        "failed": [_record(record) for record in report.failed_checks],
        "skipped": [_record(record) for record in report.skipped_checks],
        "passed": len(report.passed_checks),
        "resources": len(report.resources),
        "unreadable": sorted(map(str, report.parsing_errors)),
    }


def _record(record: Any) -> dict[str, Any]:
    return {
        "id": record.check_id,
        "name": record.check_name,
        "address": record.resource_address or record.resource,
        "file": record.file_abs_path or record.file_path,
        "line": record.file_line_range[0] if record.file_line_range else 1,
        "severity": record.severity.name if record.severity else None,
        "link": record.guideline,
    }


if __name__ == "__main__":
    main()
