"""Terraform and Python render the same trust policy."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.e2e.product import ROOT

from infragate.adapters.local import environments_file, settings
from infragate.adapters.tools import tool_store
from infragate.domain.bootstrap import role_policies
from infragate.domain.bootstrap.bootstrap_inputs import bootstrap_variables

BOOTSTRAP = ROOT / "infra" / "bootstrap"
TRUST = """templatefile("${local.policies}/trust-plan.json.tftpl", merge(local.values, {
  purpose = "plan", people_may_plan = local.people_may_plan
}))"""
SSO = "arn:aws:iam::999999999999:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_FileFlowReader_*"


@pytest.mark.parametrize("people", [(), (SSO,)], ids=["nobody", "people of SSO"])
def test_the_trust_of_the_plan_role_is_the_same_from_both(tmp_path: Path, people: tuple[str, ...]) -> None:
    project = environments_file.load(ROOT)
    project = dataclasses.replace(project, callers=dataclasses.replace(project.callers, plan_principals=people))
    templates = {
        path.name.removesuffix(role_policies.TEMPLATE_SUFFIX): path.read_text()
        for path in (BOOTSTRAP / "policies").iterdir()
    }
    account = role_policies.environment_account(project, project.environment("dev"), templates)
    (ours,) = [role.trust for role in account.roles if role.name == "fileflow-dev-plan"]
    assert rendered_by_terraform(tmp_path, bootstrap_variables(project, version="1")) == ours


def rendered_by_terraform(folder: Path, variables: Mapping[str, object]) -> object:
    """What the bootstrap root's own locals and template give: read in Terraform's console, without a provider."""
    shutil.copytree(BOOTSTRAP / "policies", folder / "policies")
    root = folder / "environment"
    root.mkdir()
    for name in ("locals.tf", "variables.tf"):
        shutil.copy(BOOTSTRAP / "environment" / name, root)
    values = root / "v.tfvars.json"
    values.write_text(json.dumps({**variables, "environment": "dev"}))
    program = str(tool_store.program("terraform", ROOT).path)
    done = subprocess.run(
        [program, "console", f"-var-file={values}"],
        cwd=root,
        input=f"jsonencode(jsondecode({' '.join(TRUST.split())}))\n",
        env=settings.child_environment(CHECKPOINT_DISABLE="1"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(json.loads(done.stdout))
