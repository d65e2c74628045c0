"""The plan that the gate judges: the Stack's last one if it is still current, a new one, or a file from elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from infragate.adapters.local import clock, files, masking, seal
from infragate.domain import manifest as manifests
from infragate.domain import plan as plan_reading
from infragate.domain import plan_json, plan_modes, sensitive_values
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, ToolFailed
from infragate.domain.gate import plan_check
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.domain.manifest import Manifest
from infragate.domain.plan import Plan
from infragate.usecases import plan, plan_inputs
from infragate.usecases.judge_configuration import JudgedCode
from infragate.usecases.plan import PlanRequest
from infragate.usecases.plan_inputs import PlanFiles
from infragate.usecases.stack import Stack

_ZIP = b"PK"  # Terraform's plan file is an archive
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedPlan:
    """A plan, and what binds it to its inputs.

    Attributes:
        data: its JSON, UTF-8 without a byte order mark, with the `mode` of each entry; document: the same, parsed.
        manifest, files: None for a file from elsewhere: nothing can be bound to it, and it cannot be applied.
        judged: the code of the plan, judged; None without code.
    """

    data: bytes
    document: Mapping[str, Any]
    plan: Plan
    manifest: Manifest | None = None
    files: PlanFiles | None = None
    judged: JudgedCode | None = None


def has_manifest(stack: Stack, path: Path) -> bool:
    """True if a file is a plan of ours: its Manifest is beside it."""
    return plan_inputs.plan_files(stack, path).manifest.is_file()


def current(stack: Stack) -> None:
    """Make the last plan of the Stack a current one: plan if there is none, or if its inputs have changed."""
    try:
        of_stack(stack, None)
    except (BadInput, Integrity) as unusable:
        stack.say(f"no current plan ({unusable.message}): planning")
        plan.run(PlanRequest(stack=stack))


def of_stack(stack: Stack, given: Path | None) -> GatedPlan:
    """The plan in the Stack's state folder or in a file, with its code; both as the Manifest says.

    Raises:
        BadInput: there is no plan. Integrity: it was edited, is too old, or its inputs have changed.
        Blocked: the code holds what it must not.
    """
    outputs = plan_inputs.plan_files(stack, given)
    again = Command("plan", env=stack.environment.name)
    for path in outputs.all:
        if not path.is_file():
            raise BadInput(f"{path.name} does not exist", where=str(path.parent), fix=again)
    manifest = read_manifest(stack, outputs)
    data = files.content(outputs.json, limit=files.PLAN_LIMIT) or b""
    judged = stack.judge()
    written = [*outputs.all, *plan_inputs.copies(stack, outputs)]
    present = {
        **plan_inputs.static(stack, stack.session.purpose),
        **plan_inputs.resolved(stack, written, judged.outside),
        **plan_inputs.of_files(outputs),
        "plan_json_sha256": hashlib.sha256(data).hexdigest(),  # of the bytes that are judged below
        "state_lineage": manifest.state_lineage,  # the apply compares the state
        "state_serial": manifest.state_serial,
    }
    mismatches = "; ".join(finding.message for finding in manifests.mismatches(manifest, present))
    if mismatches or manifests.expired(manifest, clock.now()):
        why = mismatches or f"it was made at {manifest.created}"
        raise Integrity(f"the plan is stale ({why})", where=stack.environment.directory, fix=again)
    return replace(_read(data), manifest=manifest, files=outputs, judged=judged)


def of_file(path: Path) -> GatedPlan:
    """A plan of another program or repository: the output of `terraform show -json` or `tofu show -json`.

    Raises:
        BadInput: it cannot be read as a plan.
    """
    data = files.content(path, limit=files.PLAN_LIMIT)
    binary = path.name if data and data.startswith(_ZIP) else "PLANFILE"
    how = f"terraform show -json {binary} > plan.json, then --plan plan.json"
    if data is None:
        raise BadInput("no such file", where=str(path), fix="name the JSON of a plan")
    if data.startswith(_ZIP):
        raise BadInput("this is Terraform's plan file, not its JSON", where=str(path), fix=how)
    try:
        gated = _read(data.decode("utf-16").encode() if data.startswith(_UTF16) else data)
        plan_json.refuse_twice(gated.data)  # Terraform writes no key twice, but anybody may have written this file
    except UnicodeError as error:
        raise BadInput("not UTF-8 or UTF-16 text", where=str(path), fix=how) from error
    except ToolFailed as error:
        raise BadInput(error.message, where=str(path), fix=how) from error
    return gated


def nothing_to_judge() -> BadInput:
    """The error for a command line that names neither an Environment nor a plan."""
    return BadInput("no Environment and no plan", where="command line", fix="add --env NAME or --plan FILE")


def read_manifest(stack: Stack, outputs: PlanFiles) -> Manifest:
    """The sealed Manifest beside a plan.

    Raises:
        Integrity: it was edited, or sealed with another key.
    """
    where = str(outputs.manifest)
    mac = partial(seal.mac, cloud=stack.session.cloud)
    try:
        stored = json.loads(files.content(outputs.manifest, name=where) or b"")
    except ValueError as broken:
        fix = Command("plan", env=stack.environment.name)
        raise Integrity(f"the plan's Manifest is not JSON: {broken}", where=where, fix=fix) from None
    return manifests.parse(manifests.opened(stored, mac, where=where), where=where)


def bind(stack: Stack, gated: GatedPlan, verdict: SealedVerdict) -> None:
    """Write the SealedVerdict into the plan's Manifest, and seal it again; the caller holds the Stack's turn."""
    if gated.manifest is None or gated.files is None:
        return
    judged = replace(gated.manifest, verdict=verdict)
    sealed = manifests.sealed(judged.document(), partial(seal.mac, cloud=stack.session.cloud))
    files.write(gated.files.manifest, json.dumps(sealed, indent=2) + "\n", mode=0o600)


def _read(data: bytes) -> GatedPlan:
    data = data.removeprefix(b"\xef\xbb\xbf")
    document = plan_json.parse(data)
    if isinstance(document, dict) and plan_modes.fill(document):  # only a plan from elsewhere lacks them
        data = json.dumps(document, default=float).encode()
    masking.learn(*sensitive_values.of_plan(document))
    plan = plan_reading.read(document)
    plan_check.managed(document)  # refuses another shape
    return GatedPlan(data=data, document=document, plan=plan)
