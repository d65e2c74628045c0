"""The Manifest binds a plan file to its inputs; an apply checks it before it changes anything."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from infragate.domain.errors import Integrity
from infragate.domain.finding import Finding
from infragate.domain.gate import sealed_verdict as sealed_verdicts
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.domain.plan import ACTIONS, Action, Plan

SCHEMA_VERSION, SOURCE, SEAL = 2, "manifest", "seal"
Mac = Callable[[bytes], str]  # the code, in hex, that only the holder of a key can make for these bytes
LIFETIME = timedelta(hours=24)  # review and apply happen on the same day; after that the plan is likely stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The inputs of a plan. Digests are sha256 in hex; None means that the file did not exist.

    Attributes:
        cloud: aws or sandbox.
        commit: the checkout's commit; tree: digest of the Stack's folder and its local modules on disk.
        modules: digest of the module list that `init` resolved; module_lock: of infra/modules.lock.
        environments: digest of infra/environments.yaml.
        role, state_role: ARNs of the planning session.
        state_lineage, state_serial: None and -1 if there was no state.
        plan_sha256, plan_json_sha256: of the two files beside the Manifest.
        created: RFC 3339.
        verdict: what the gate said about the plan; None if it has not judged it.
    """

    environment: str
    cloud: str
    account_id: str
    region: str
    directory: str
    commit: str | None
    tree: str
    tfvars: str | None
    provider_lock: str | None
    module_lock: str | None
    modules: str | None
    environments: str
    terraform_version: str
    infragate_version: str
    role: str
    state_role: str
    state_key: str
    state_lineage: str | None
    state_serial: int
    mode: str
    targets: tuple[str, ...]
    actor: str
    pull_request: str | None
    plan_sha256: str
    plan_json_sha256: str
    created: str
    verdict: SealedVerdict | None = None

    def document(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            "schema_version": SCHEMA_VERSION,
            **asdict(self),
            "targets": list(self.targets),
            "verdict": self.verdict and self.verdict.document(),
        }


def parse(document: Any, *, where: str) -> Manifest:
    """Read a Manifest's JSON document.

    Raises:
        Integrity: another schema, a missing or unknown field, or a wrong type.
    """
    names = {field.name for field in fields(Manifest)}
    if not isinstance(document, Mapping) or document.get("schema_version") != SCHEMA_VERSION:
        raise _broken("another schema version", where)
    values = {key: value for key, value in document.items() if key != "schema_version"}
    if set(values) != names:
        raise _broken(f"its fields differ: {', '.join(sorted(set(values) ^ names))}", where)
    verdict = _sealed(values.pop("verdict"), where)
    optional = {"commit", "tfvars", "provider_lock", "module_lock", "modules", "state_lineage", "pull_request"}
    for name, value in values.items():
        kind = int if name == "state_serial" else list if name == "targets" else str
        if not (isinstance(value, kind) or (value is None and name in optional)) or isinstance(value, bool):
            raise _broken(f"{name} has the wrong type", where)
    if not all(isinstance(target, str) for target in values["targets"]):
        raise _broken("targets has the wrong type", where)
    return Manifest(**{**values, "targets": tuple(values["targets"]), "verdict": verdict})


def _sealed(document: Any, where: str) -> SealedVerdict | None:
    try:
        return None if document is None else sealed_verdicts.parse(document)
    except ValueError as wrong:
        raise _broken(str(wrong), where) from None


def sealed(document: Mapping[str, Any], mac: Mac) -> dict[str, Any]:
    """The document with its seal: the MAC of all of its fields."""
    return {**document, SEAL: mac(_text(document))}


def opened(document: Any, mac: Mac, *, where: str) -> dict[str, Any]:
    """The document without its seal.

    Raises:
        Integrity: it has no seal, was edited, or was sealed with another key.
    """
    if not isinstance(document, dict):
        raise _broken("it is not a JSON object", where)
    content = {name: value for name, value in document.items() if name != SEAL}
    if SEAL not in document:
        raise _broken("it has no seal", where)
    seal = document[SEAL]
    if not isinstance(seal, str) or not hmac.compare_digest(
        seal.encode("utf-8", "replace"), mac(_text(content)).encode()
    ):
        raise _broken("it was edited, or sealed with another key (docs/trust.md, 'The seal of a plan')", where)
    return content


def _text(document: Mapping[str, Any]) -> bytes:
    """The same bytes for the same fields, in whatever order."""
    return b"manifest\0" + json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _broken(why: str, where: str) -> Integrity:
    return Integrity(f"the plan's Manifest cannot be trusted: {why}", where=where, fix="plan again")


# Manifest field -> its name in messages. An apply requires the same values.
_BOUND = {
    "environment": "Environment",
    "cloud": "cloud",
    "account_id": "account",
    "region": "region",
    "directory": "folder",
    "state_key": "state key",
    "role": "plan role",
    "state_role": "plan state role",
    "commit": "commit",
    "tree": "files of the Stack",
    "tfvars": "tfvars",
    "provider_lock": "provider lock file",
    "module_lock": "module lock",
    "modules": "resolved modules",
    "environments": "infra/environments.yaml",
    "terraform_version": "Terraform",
    "infragate_version": "infragate",
    "state_lineage": "state lineage",
    "state_serial": "state serial",
    "plan_sha256": "plan file",
    "plan_json_sha256": "plan JSON",
}


def _complaint(kind: str, message: str) -> Finding:
    return Finding(id=f"{SOURCE}/{kind}", source=SOURCE, message=message)


def mismatches(manifest: Manifest, present: Mapping[str, Any]) -> Iterator[Finding]:
    """One Finding for each bound field that differs now.

    Args:
        present: the values now, by field name; a missing field counts as different.
    """
    for name, title in _BOUND.items():
        planned, now = getattr(manifest, name), present.get(name, "(not checked)")
        if planned != now:
            yield _complaint(name, f"{title}: planned {_short(planned)}, found {_short(now)}")


# The actions that a plan of each mode can hold; a move is a no-op.
_ACTIONS_OF: Mapping[str, frozenset[Action]] = {
    "normal": frozenset(ACTIONS.values()),
    "refresh-only": frozenset({"no-op"}),
    "destroy": frozenset({"delete", "forget", "no-op"}),
}


def contradictions(manifest: Manifest, plan: Plan) -> Iterator[Finding]:
    """One Finding for each mode or target of the Manifest that the plan contradicts."""
    possible = _ACTIONS_OF.get(manifest.mode)
    if possible is None:
        yield _complaint("mode", f"unknown mode {manifest.mode!r}")
    elif foreign := {change.action for change in plan.changes} - possible:
        yield _complaint("mode", f"mode {manifest.mode}, but the plan holds {', '.join(sorted(foreign))}")
    if manifest.targets and plan.complete is not False:
        yield _complaint("targets", "it has targets, but the plan is complete")
    if not manifest.targets and plan.complete is not True:
        yield _complaint("targets", "it has no targets, but the plan is not complete")


def expired(manifest: Manifest, now: datetime) -> bool:
    """True if the plan is too old to be applied, is from the future, or has no date."""
    try:
        age = now - datetime.fromisoformat(manifest.created)
    except (ValueError, TypeError):
        return True
    return not timedelta(minutes=-5) <= age <= LIFETIME


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text[:12] if len(text) in (40, 64) and all(letter in "0123456789abcdef" for letter in text) else text
