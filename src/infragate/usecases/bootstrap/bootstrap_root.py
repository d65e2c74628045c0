"""One Terraform root of bootstrap in one account: a private copy, adoption of what is there, plan, apply.

The copy lies in `.infragate/<cloud>/bootstrap/<root>/`: the import blocks and the backend of a first run are written
there, and the checkout stays as it is.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infragate.adapters.aws.inventory import Inventory
from infragate.adapters.local import files
from infragate.adapters.process import signals
from infragate.adapters.terraform.cli import Event, Planned, Terraform
from infragate.domain import plan_json
from infragate.domain.bootstrap import backend_standard
from infragate.domain.bootstrap.backend_standard import Judgement
from infragate.domain.bootstrap.bootstrap_resources import BootstrapResource
from infragate.domain.bootstrap.key_policy_scope import Statement
from infragate.domain.command import Say
from infragate.domain.errors import BadInput, Blocked, InfragateError
from infragate.domain.terraform import state_file

SOURCES = Path("infra") / "bootstrap"
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'
NOTHING = Judgement(created=(), adopted=(), differences=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """What to set up.

    Attributes:
        name: `state`, or the Environment's.
        source: folder of the root below `infra/bootstrap`.
        state_key: object key of bootstrap's own state of this root.
        options: of `terraform plan`, beside the variables file.
        resources: everything that the root manages.
        known: statements that the state key may gain for Environments.
    """

    name: str
    source: str
    account_id: str
    region: str
    state_key: str
    options: tuple[str, ...]
    resources: tuple[BootstrapResource, ...]
    known: tuple[Statement, ...] = ()

    @property
    def label(self) -> str:
        """How progress names it."""
        return f"{self.name} ({self.account_id})"

    @property
    def names(self) -> dict[str, str]:
        """What people call the things, by address."""
        return {resource.address: resource.name for resource in self.resources}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A root's private copy with what is needed to run Terraform in it.

    Attributes:
        folder: holds the copy (`root/`), the templates, Terraform's data and, on a first run, the local state.
    """

    root: Root
    folder: Path
    terraform: Terraform
    inventory: Inventory
    say: Say

    @property
    def local_state(self) -> Path:
        """The state of a first run, until it lies in the bucket."""
        return self.folder / "terraform.tfstate"

    @property
    def plan_file(self) -> Path:
        """Where the plan is written."""
        return self.folder / "plan.tfplan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A root that is planned.

    Attributes:
        local: whether its state is the local file still.
        planned: None when nothing is to be done.
    """

    workplace: Workplace
    local: bool
    planned: Planned | None
    judgement: Judgement = field(default=NOTHING)


def copy(checkout: Path, root: Root, folder: Path, variables: Mapping[str, Any]) -> Path:
    """Make the private copy anew; its folder.

    Raises:
        BadInput: the checkout has no such root, or it is not complete.
    """
    source, work = checkout / SOURCES / root.source, folder / "root"
    if not (source / ".terraform.lock.hcl").is_file():
        where = str(SOURCES / root.source)
        raise BadInput("the bootstrap root is not complete", where=where, fix=f"git checkout {where}")
    files.private_folder(folder)
    _keep_errored_state(work, folder)
    for made, origin in ((work, source), (folder / "policies", checkout / SOURCES / "policies")):
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(origin, made, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    files.write(work / "bootstrap.auto.tfvars.json", json.dumps(variables, indent=1) + "\n")
    return work


def _keep_errored_state(work: Path, folder: Path) -> None:
    """Terraform leaves a state that it could not save in the work folder, which is about to be made anew."""
    left = work / "errored.tfstate"
    if left.exists():
        left.replace(folder / f"errored-{len(list(folder.glob('errored-*.tfstate'))) + 1}.tfstate")


def connect(place: Workplace, backend: Mapping[str, str] | None) -> frozenset[str] | None:
    """Connect the backend (None: the local file); what the state holds already.

    Raises:
        InfragateError: by what Terraform's diagnostics mean.
        Integrity: the state is none.
    """
    override = place.terraform.folder / "backend_override.tf"
    if backend is None:
        files.write(override, LOCAL_BACKEND)
        place.terraform.init({"path": str(place.local_state)}, say=place.say)
        return state_file.addresses(files.read(place.local_state), where=str(place.local_state))
    override.unlink(missing_ok=True)
    place.terraform.init(backend, say=place.say)
    return state_file.addresses(place.terraform.state_pull(), where=place.root.state_key)


def prepare(place: Workplace, backend: Mapping[str, str] | None, *, locked: bool) -> Prepared:
    """Init, adopt what is there and not in the state, plan.

    Args:
        locked: take the state lock (a run that only shows does not).

    Raises:
        Blocked: something that must stay would go.
        InfragateError: by what Terraform's diagnostics mean.
    """
    root, say = place.root, place.say
    say(f"{root.label}: looking at what is there")
    state = connect(place, backend) or frozenset()
    adopted = _adopt(place, state)
    say(f"{root.label}: {len(state)} things are looked after, {len(adopted)} more exist; comparing with the standard")
    arguments = ["-lock=true" if locked else "-lock=false", *root.options]
    try:
        planned = place.terraform.plan(place.plan_file, arguments)
    except InfragateError as failed:
        raise _kept(failed, root) from failed
    if not planned.changes:
        return Prepared(workplace=place, local=backend is None, planned=None)
    judgement = backend_standard.judge(_shown(place), root.names, known=root.known)
    return Prepared(workplace=place, local=backend is None, planned=planned, judgement=judgement)


def _shown(place: Workplace) -> Any:
    into = place.plan_file.with_suffix(".json")
    try:
        return plan_json.parse(place.terraform.show(place.plan_file, into))
    finally:
        into.unlink(missing_ok=True)


def _adopt(place: Workplace, held: Collection[str]) -> dict[str, str]:
    """Write an import block for each thing that is there and not in the state."""
    found = place.inventory.existing([resource for resource in place.root.resources if resource.address not in held])
    blocks = [f"import {{\n  to = {address}\n  id = {json.dumps(found[address])}\n}}\n" for address in found]
    files.write(place.terraform.folder / "adopted.tf", "\n".join(blocks))
    return found


def _kept(failed: InfragateError, root: Root) -> InfragateError:
    if "Instance cannot be destroyed" not in failed.message:
        return failed
    return Blocked(
        f"bucket, key and lock table are never replaced or destroyed: {failed.message}",
        where=f"account {root.account_id}",
        fix="put the old value back into infra/environments.yaml; docs/state-backend.md, 'Change the backend'",
    )


def apply(prepared: Prepared) -> None:
    """Apply what was planned.

    Raises:
        InfragateError: by what Terraform's diagnostics mean; what was done is in the state.
        InterruptedRun: a signal came; Terraform has saved its state and ended.
    """
    place = prepared.workplace
    if prepared.planned is None:
        return
    place.say(f"{place.root.label}: {prepared.planned.headline}")
    terraform = place.terraform
    signals.ignore_hangup()
    done = terraform.apply(
        place.plan_file,
        _teller(place),
        lambda _: place.say("interrupted: waiting for Terraform"),
        transcript=place.folder / "apply.jsonl",
    )
    place.plan_file.unlink(missing_ok=True)
    if done.returncode != 0:
        raise terraform.failure(done)


def _teller(place: Workplace) -> Callable[[Event], None]:
    """A line for every tenth finished thing, and one every half minute for one that takes long."""
    names, finished = place.root.names, 0

    def on_event(event: Event) -> None:
        nonlocal finished
        hook = event.get("hook") or {}
        address = str((hook.get("resource") or {}).get("addr", ""))
        if event.get("type") == "apply_complete":
            finished += 1
            if finished % 10 == 0:
                place.say(f"{place.root.label}: {finished} done, the last one {names.get(address, address)}")
        elif event.get("type") == "apply_progress" and hook.get("elapsed_seconds", 0) % 30 == 0:
            place.say(f"{place.root.label}: {names.get(address, address)}: {hook['elapsed_seconds']} s so far")

    return on_event
