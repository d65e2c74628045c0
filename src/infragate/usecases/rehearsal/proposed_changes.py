"""What the pull requests of a rehearsal add to a Stack: files of their own, so that they fit into every Stack."""

from __future__ import annotations

from decimal import Decimal

from infragate.domain.environment import Environment
from infragate.domain.gate.cost import CostRules

ALARM = "aws_cloudwatch_metric_alarm.rehearsal"


def alarm(environment: Environment, threshold: int, *, count: int | None = None) -> dict[str, str]:
    """Alarms of the service: small, without an effect on anything, for some cents a month each.

    Args:
        count: how many, in a file beside that of the first one; None for that.
    """
    label, suffix, repeat = (
        ("rehearsal", "", "") if count is None else ("more", "-${count.index}", f"count = {count}\n\n  ")
    )
    text = f"""resource "aws_cloudwatch_metric_alarm" "{label}" {{
  {repeat}alarm_name          = "{environment.prefix}-{label}{suffix}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 60
  statistic           = "Average"
  threshold           = {threshold}
}}
"""
    return {f"{environment.directory}/{label}.tf": text}


def alarm_name(environment: Environment) -> str:
    """The name of the first alarm."""
    return f"{environment.prefix}-rehearsal"


def again(environment: Environment, threshold: int) -> dict[str, str]:
    """The first alarm as it is in the code, with a remark: a pull request that changes nothing but what runs."""
    ((name, text),) = alarm(environment, threshold).items()
    return {name: f"# Applied again after a change by hand.\n{text}"}


def open_to_the_world(environment: Environment) -> dict[str, str]:
    """A security group that lets everybody in."""
    text = f"""resource "aws_security_group" "open" {{
  name        = "{environment.prefix}-open"
  description = "SSH from everywhere"

  ingress {{
    description = "SSH"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}
"""
    return {f"{environment.directory}/open.tf": text}


def too_many(before: Decimal, price: Decimal, rules: CostRules) -> int:
    """How many things of a price are over what the rules allow."""
    return int(max(before * rules.threshold_percent / 100, rules.floor) / price) + 1
