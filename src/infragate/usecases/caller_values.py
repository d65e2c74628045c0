"""Values of Terraform variables in the caller's environment (`TF_VAR_*`).

A plan takes its values from the tfvars, which are reviewed and bound by the Manifest. Only an ephemeral variable, whose
value is in no plan and no state, may come from the environment: a secret of CI.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infragate.adapters.local import masking, settings
from infragate.adapters.terraform import hcl
from infragate.domain.command import Say
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput
from infragate.domain.terraform import overrides
from infragate.domain.terraform.hcl_syntax import Block

_PAGE = "docs/diagnostics.md, 'Variables from CI'"


def passed(folder: Path, environment: Environment, *, root: Path, warn: Say) -> Mapping[str, str]:
    """The `TF_VAR_*` that Terraform gets: those of ephemeral variables.

    Raises:
        BadInput: one sets another variable of the Stack.
    """
    given = settings.terraform_values()
    if not given:
        return {}
    declared = _declared(folder, root)
    ephemeral = {name for name in given if name in declared and declared[name].expression("ephemeral") == "true"}
    refused = sorted(name for name in given if name in declared and name not in ephemeral)
    if refused:
        names, file = ", ".join(f"TF_VAR_{name}" for name in refused), f"{environment.directory}/{environment.var_file}"
        raise BadInput(
            f"set in the environment, where no reviewer sees it: {names}",
            where=names,
            fix=f"unset {names} and set {', '.join(refused)} in {file}; a secret of CI: {_PAGE}",
        )
    for name in sorted(given.keys() - ephemeral):
        warn(f"TF_VAR_{name} is ignored: the Stack declares no variable {name}")
    masking.learn(*(given[name] for name in ephemeral))
    return {f"TF_VAR_{name}": given[name] for name in sorted(ephemeral)}


def _declared(folder: Path, root: Path) -> Mapping[str, Block]:
    """The variables by name; none of a configuration that cannot be read, which Terraform explains better."""
    try:
        variables = overrides.declared(hcl.read_folder(folder, relative_to=root), "variable")
    except BadInput:
        return {}
    return {variable.name: variable.block for variable in variables}
