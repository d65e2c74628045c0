"""A small checkout whose code is judged, for the tables of tests/unit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infragate.adapters.local import code_policy_file
from infragate.adapters.terraform.code_reader import CodeReader
from infragate.domain.finding import Finding
from infragate.domain.modules import module_lock
from infragate.domain.terraform import code_rules, code_sources

STACK = "infra/envs/dev"


def judged(root: Path, files: Mapping[str, str]) -> tuple[Finding, ...]:
    """The Findings of a Stack with these files, under the rules of infragate itself; names are below the Stack."""
    stack = root / STACK
    for name, text in files.items():
        path = stack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    policy = code_policy_file.load(root)
    reader = CodeReader(root=root, stack=stack, var_file="dev.tfvars")
    modules = reader.modules()
    complaints = [
        finding
        for module in modules
        for finding in (
            *code_sources.of_calls(module, module_lock.EMPTY, STACK),
            *code_rules.of_module(module, policy),
        )
    ]
    return (*complaints, *(code_sources.of_outside(*call) for call in reader.outside))


def rules(root: Path, files: Mapping[str, str]) -> set[str]:
    """The ids of the Findings."""
    return {finding.id for finding in judged(root, files)}
