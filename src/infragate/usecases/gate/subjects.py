"""What the engines get: a plan and its code beside the rules that judge them, in a private folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.scanners.subject import Subject
from infragate.domain.gate import plan_check
from infragate.usecases.gate.gated_plan import GatedPlan
from infragate.usecases.gate.trusted_rules import TrustedRules
from infragate.usecases.stack import Stack

TIMEOUT = 300.0  # seconds for each engine


def subject(gated: GatedPlan, trusted: TrustedRules, stack: Stack | None, folder: Path) -> Subject:
    """The Subject of a plan.

    Args:
        stack: of the Environment, if there is one; its code is judged if it is the plan's.
        folder: of `gate_start.scratch`.
    """
    copy = folder / "plan.json"
    files.write(copy, gated.data, mode=0o600)
    code = stack if gated.judged is not None else None
    return Subject(
        root=trusted.root,
        pins=trusted.pins,
        folder=code.folder if code else None,
        data=code.terraform_data if code else None,
        var_file=code.folder / code.environment.var_file if code else None,
        plan_json=copy,
        plan=gated.plan,
        document=gated.document,
        plan_digest=hashlib.sha256(gated.data).hexdigest(),
        code_digest=gated.judged.evidence.input_digest if gated.judged else "",
        managed=len(plan_check.managed(gated.document)),
        scratch=folder,
        environment=stack.environment.name if stack else None,
        policy=trusted.bundle.folder,
        timeout=TIMEOUT,
    )
