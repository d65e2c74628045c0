"""What the pull requests of the tests of Atlantis hold."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.e2e import product
from tests.e2e.product import Product

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


def prepare(origin: Product) -> None:
    """Make the checkout one that a server works for: cheap rules, two small Stacks, alarms of stg that exist already."""
    (origin.root / "policy" / "gate.yaml").write_text(RULES)
    product.add_waivers(origin.root, WAIVED)
    product.make_small(origin, alarm("fileflow-stg-cpu"), "stg")
    (origin.root / STG).write_text(alarms("fileflow-stg-cpu")[STG])
    origin.ok("render")
    origin.commit("behind Atlantis")
    origin.ok("plan", "--env", "stg", "--sandbox")
    origin.ok("apply", "--env", "stg", "--sandbox")
