"""The state backend of a Stack: what `init` gets, and what the code may say.

The code is judged twice: as it is written, before Terraform connects to anything, and as `init` has understood it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infragate.adapters.aws import aws_profiles
from infragate.adapters.terraform import hcl
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput
from infragate.domain.terraform import overrides
from infragate.domain.terraform.code_rules import BACKEND_SETTINGS
from infragate.domain.terraform.hcl_syntax import Attribute, Block


def backend_settings(environment: Environment) -> dict[str, str]:
    """The `-backend-config` settings: the profile, and the lock kind from environments.yaml."""
    lock = environment.state.lock
    return {
        "profile": aws_profiles.STATE,
        "use_lockfile": "true" if lock in ("s3", "both") else "false",
        "dynamodb_table": environment.state.lock_table if lock in ("dynamodb", "both") else "",
    }


_UNSET: tuple[Any, ...] = (None, False, "", [], {})


def refuse_another(environment: Environment, kind: str, settings: Mapping[str, Any], *, where: str = "") -> None:
    """Lock, serial and snapshot are read at the location in environments.yaml, so the code must use the same."""
    where = where or f"{environment.directory}/backend.tf"
    expected: dict[str, Any] = {
        "bucket": environment.state.bucket,
        "key": environment.state_key,
        "region": environment.state.region,
        "encrypt": True,
    }
    differing = [name for name, value in expected.items() if kind != "s3" or settings.get(name) != value]
    if differing:
        present = ", ".join(f"{name} = {settings.get(name)!r}" for name in differing)
        raise BadInput(
            "the Stack's backend differs from infra/environments.yaml: "
            + (present if kind == "s3" else f"backend {kind!r}"),
            where=where,
            fix='write backend "s3" with ' + ", ".join(f"{name} = {json.dumps(expected[name])}" for name in differing),
        )
    foreign = sorted(name for name, value in settings.items() if value not in _UNSET and name not in BACKEND_SETTINGS)
    if foreign:
        raise BadInput(
            f"backend settings that are not allowed in the code: {', '.join(foreign)}",
            where=where,
            fix="remove them: infragate passes profile and lock on the command line",
        )


def refuse_written(environment: Environment, folder: Path, *, root: Path) -> None:
    """Judge the backend block as it is written. What cannot be read is left to Terraform, which says more about it.

    Raises:
        BadInput: it is not this Environment's state, or the lock file of `lock: s3` would not be encrypted.
    """
    try:
        blocks = [
            (file.path, inner)
            for file in overrides.in_order(hcl.read_folder(folder, relative_to=root))
            for block in file.of_kind("terraform")
            for inner in block.blocks
            if inner.kind == "backend" and inner.labels
        ]
    except BadInput:
        return
    if not blocks:
        return
    path, block = blocks[-1]  # an override file replaces the whole block
    where = f"{path}:{block.span.line}"
    settings = {attribute.name: _value(attribute) for attribute in block.attributes}
    refuse_another(environment, block.labels[0], {**settings, **_inner(block)}, where=where)
    _refuse_another_key(environment, settings.get("kms_key_id"), where)
    if environment.state.lock in ("s3", "both") and not settings.get("kms_key_id"):
        raise BadInput(
            "the backend has no kms_key_id: the lock file of `lock: s3` would not be encrypted, and AWS refuses it",
            where=where,
            fix=f'add to the backend: kms_key_id = "{environment.state.kms_alias}"',
        )


def _refuse_another_key(environment: Environment, key: Any, where: str) -> None:
    """The state is encrypted with the key of environments.yaml, by its alias or the alias' ARN."""
    state = environment.state
    arn = re.compile(rf"arn:aws[a-z-]*:kms:{state.region}:{state.account_id}:{re.escape(state.kms_alias)}")
    if key not in (*_UNSET, state.kms_alias) and not arn.fullmatch(str(key)):
        raise BadInput(
            f"the backend names another key than infra/environments.yaml: kms_key_id = {key!r}",
            where=where,
            fix=f'write kms_key_id = "{state.kms_alias}"',
        )


def _value(attribute: Attribute) -> Any:
    if attribute.literal is not None:
        return attribute.literal.value
    return {"true": True, "false": False, "null": None}.get(attribute.expression, attribute.expression)


def _inner(block: Block) -> dict[str, str]:
    return {inner.kind: "{...}" for inner in block.blocks}
