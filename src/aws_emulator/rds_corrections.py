"""Fixes for the differences between moto 5.2.5 and AWS when RDS resources are changed."""

from __future__ import annotations

import functools
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse


def install() -> None:
    _keep_changed_subnet_groups()
    _reset_parameters()


def _keep_changed_subnet_groups() -> None:
    """moto loses a subnet group when it is changed."""
    original = RDSBackend.modify_db_subnet_group

    @functools.wraps(original)
    def modify(self: Any, subnet_name: str, *more: Any) -> Any:
        group = original(self, subnet_name, *more)
        self.subnet_groups[subnet_name] = group
        return group

    setattr(RDSBackend, "modify_db_subnet_group", modify)  # noqa: B010 - a replaced method is no assignment that types allow


def _reset_parameters() -> None:
    """ResetDBParameterGroup is missing, so parameters could not be removed."""

    def reset_db_parameter_group(self: Any) -> Any:
        name = self.params["DBParameterGroupName"]
        group = self.backend.modify_db_parameter_group(name, [])
        named = [parameter["ParameterName"] for parameter in self.params.get("Parameters") or ()]
        for parameter in list(group.parameters) if self.params.get("ResetAllParameters") else named:
            group.parameters.pop(parameter, None)
        return ActionResult({"DBParameterGroupName": name})

    setattr(RDSResponse, "reset_db_parameter_group", reset_db_parameter_group)  # noqa: B010 - as above
