"""What the pull requests of the tests of Atlantis hold."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

from tests.e2e import product
from tests.e2e.product import Product

ADDED = {"qa": "444444444444", "perf": "555555555555"}
ENVIRONMENTS = ("dev", "stg", *ADDED, "prod")
DEV, STG = "infra/envs/dev/main.tf", "infra/envs/stg/main.tf"
STG_TAGS = product.SMALL_LOCALS.replace('env = "dev"', 'env = "stg"')
# The base branch of these tests lets a plan read files, so that only the walls are between it and the secrets.
WAIVED = (
    ("code/function-path", "output.stolen", "what a plan can read"),
    ("IG-SRC-04", "terraform_data.push", "something that takes its time"),
    ("IG-SRC-04", "terraform_data.kill", "something that takes its time"),
)
RULES = """schema_version: 1
default: {required: [code, conftest], apply: nothing}
environments:
  stg: {required: [code, conftest, infracost]}
policies:
  - {name: own, source: policy/rego}
"""
LAX = "schema_version: 1\ndefault: {required: [], blocks: critical, apply: nothing}\n"
MARK = "marked-by-a-pull-request"


def dev(*parts: str) -> dict[str, str]:
    """dev's resources, which the state alone keeps."""
    return {DEV: "".join(parts) + product.SMALL_LOCALS}


def alarms(*names: str) -> dict[str, str]:
    """stg's resources: alarms, for ten cents a month each."""
    return {STG: "".join(map(alarm, names)) + STG_TAGS}


def alarm(name: str) -> str:
    return f"""
resource "aws_cloudwatch_metric_alarm" "{name.replace("-", "_")}" {{
  alarm_name          = "{name}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 60
  statistic           = "Average"
  threshold           = 80
}}
"""


def program(command: str, name: str = "evil") -> str:
    """A resource that starts a program in an apply."""
    return f"""
resource "terraform_data" "{name}" {{
  provisioner "local-exec" {{
    command = {json.dumps(command)}
  }}
}}
"""


def stolen(paths: dict[str, str | Path]) -> str:
    """An output with the content of files, as far as they can be read."""
    reads = "\n".join(f'    {name} = try(filebase64("{path}"), "unreadable")' for name, path in paths.items())
    return f'\noutput "stolen" {{\n  value = {{\n{reads}\n  }}\n}}\n'


def forms(secret: str) -> list[bytes]:
    """A secret as it is, and in base64 at each of its three offsets."""
    raw = secret.encode()
    encoded = [base64.b64encode(b"x" * offset + raw)[4 if offset else 0 : -4] for offset in range(3)]
    return [raw, *encoded]


def only(env: str) -> str:
    """The address of what a pull request wants of one Environment alone."""
    return f"terraform_data.only_{env}"


def of_each(root: Path) -> dict[str, str]:
    """For each Environment one more resource, named after it."""
    files = {env: root / "infra" / "envs" / env / "main.tf" for env in ENVIRONMENTS}
    return {
        path.relative_to(root).as_posix(): product.stored(f"only_{env}") + path.read_text()
        for env, path in files.items()
    }


def _add_environments(root: Path) -> None:
    """Two more, as runbooks/new-environment.md adds one: copies of stg, each with an account."""
    settings = root / "infra" / "environments.yaml"
    entries = "".join(
        f'  {env}:\n    account_id: "{account}"\n    owners: ["@acme/fileflow"]\n' for env, account in ADDED.items()
    )
    settings.write_text(settings.read_text().replace("  prod:\n", f"{entries}  prod:\n"))
    for env in ADDED:
        folder = root / "infra" / "envs" / env
        shutil.copytree(root / "infra" / "envs" / "stg", folder)
        (folder / "stg.tfvars").rename(folder / f"{env}.tfvars")
        backend = folder / "backend.tf"
        backend.write_text(backend.read_text().replace("/stg/", f"/{env}/"))


def _without_provider(origin: Product, env: str) -> None:
    """Make it a Stack that the state alone keeps."""
    product.make_small(origin, "", env)
    main = origin.root / "infra" / "envs" / env / "main.tf"
    main.write_text(main.read_text().replace('env = "dev"', f'env = "{env}"'))


def prepare(origin: Product) -> None:
    """Make the checkout one that a server works for: cheap rules, five small Stacks, alarms of stg that exist already."""
    (origin.root / "policy" / "gate.yaml").write_text(RULES)
    product.add_waivers(origin.root, WAIVED)
    _add_environments(origin.root)
    for env in (*ADDED, "prod"):
        _without_provider(origin, env)
    product.make_small(origin, alarm("fileflow-stg-cpu"), "stg")
    (origin.root / STG).write_text(alarms("fileflow-stg-cpu")[STG])
    origin.ok("render")
    origin.commit("behind Atlantis")
    origin.ok("plan", "--env", "stg", "--sandbox")
    origin.ok("apply", "--env", "stg", "--sandbox")
