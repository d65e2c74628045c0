"""What judges a change: the policy bundle, and what it says about one Environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import policy_bundle
from infragate.adapters.local import gate_policy_file, waivers_file
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.domain.environment import Environment
from infragate.domain.gate.gate_policy import EnvironmentRules, GatePolicy
from infragate.domain.gate.waivers import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedRules:
    """The trusted side of a judgement.

    Attributes:
        root: the checkout that is judged.
        rules: those of the Environment.
    """

    root: Path
    bundle: PolicyBundle
    policy: GatePolicy
    rules: EnvironmentRules
    register: Register

    @property
    def pins(self) -> Path:
        """The folder whose `policy/tools/tools.lock` pins programs."""
        return self.bundle.pins(self.root)


def read(root: Path, environment: Environment | None, *, ref: str | None) -> TrustedRules:
    """The rules for a checkout.

    Args:
        environment: None for a plan of another repository.
        ref: as `--policy-ref`.

    Raises:
        BadInput: as `policy_bundle.bundle`; or `policy/gate.yaml` or `policy/waivers.yaml` cannot be used.
    """
    bundle = policy_bundle.bundle(root, ref=ref)
    policy = gate_policy_file.load(bundle.folder)
    protected = environment is not None and policy_bundle.protects(bundle, environment)
    return TrustedRules(
        root=root,
        bundle=bundle,
        policy=policy,
        rules=policy.of(environment.name if environment else None, protected=protected),
        register=waivers_file.load(bundle.folder, shown_from=root),
    )
