"""The values of sensitive variables in the tfvars and in defaults, hidden in all output before Terraform starts.

Without this they would be known only when there is a plan; an error of the provider during `plan` may repeat them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infragate.adapters.local import files, masking
from infragate.adapters.terraform import hcl
from infragate.domain import sensitive_values
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput
from infragate.domain.terraform import overrides


def learn(folder: Path, environment: Environment, *, root: Path) -> None:
    """Hide them; none of a configuration that cannot be read, which Terraform explains better."""
    try:
        declared = overrides.declared(hcl.read_folder(folder, relative_to=root), "variable")
    except BadInput:
        return
    sensitive = {
        variable.name: variable.block.expression("default") or ""
        for variable in declared
        if variable.block.expression("sensitive") not in (None, "false")
    }
    if sensitive:
        masking.learn(*sensitive_values.worth_hiding(_values(folder / environment.var_file, sensitive)))


def _values(var_file: Path, sensitive: dict[str, str]) -> Iterator[str]:
    given = hcl.strings((files.recall(var_file) or "").encode(), name=var_file.name)
    for name, default in sensitive.items():
        yield from given.get(name, ())
        yield from hcl.strings(f"default = {default}".encode(), name="default").get("default", ())
