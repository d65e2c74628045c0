"""One Terraform root of bootstrap in one account: a private copy, import of existing resources, plan, apply.

The copy is in infragate's folder for the checkout. The import blocks and the backend of a first run are written there, so
the checkout is not changed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.inventory import Inventory
from infragate.adapters.local import files
from infragate.adapters.process import signals
from infragate.adapters.terraform.cli import Planned, Terraform
from infragate.adapters.terraform.output_reader import Event
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
    """One root to set up.

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
        """The name in progress messages."""
        return f"{self.name} ({self.account_id})"

    @property
    def names(self) -> dict[str, str]:
        """The resources' names in messages, by address."""
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
        return self.folder / "plan.tfplan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A root that is planned; `planned` is None when nothing is to be done."""

    workplace: Workplace
    planned: Planned | None
    judgement: Judgement = field(default=NOTHING)


def copy(checkout: Path, root: Root, folder: Path, variables: Mapping[str, Any]) -> Path:
    """Create the private copy again; returns its folder.

    Raises:
        BadInput: the root is missing in the checkout, or incomplete.
    """
    source, work = checkout / SOURCES / root.source, folder / "root"
    if not (source / ".terraform.lock.hcl").is_file():
        where = str(SOURCES / root.source)
        raise BadInput("the bootstrap root is not complete", where=where, fix=f"git checkout {where}")
    files.private_folder(folder)
    _keep_errored_state(work, folder)
    for target, origin in ((work, source), (folder / "policies", checkout / SOURCES / "policies")):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(origin, target, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    files.write(work / "bootstrap.auto.tfvars.json", json.dumps(variables, indent=1) + "\n")
    return work


def _keep_errored_state(work: Path, folder: Path) -> None:
    """Keep a state that Terraform could not save: it is in the work folder, which is deleted next."""
    errored = work / "errored.tfstate"
    if errored.exists():
        errored.replace(folder / f"errored-{len(list(folder.glob('errored-*.tfstate'))) + 1}.tfstate")


def connect(place: Workplace, backend: Mapping[str, str] | None) -> frozenset[str] | None:
    """Connect the backend (None: a local file); returns the addresses in the state, None if there is no state.

    Raises:
        InfragateError: according to Terraform's diagnostics.
        Integrity: the file is not a state.
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
    """Init, import existing resources that are not in the state, plan.

    Args:
        locked: take the state lock; a run that only plans does not.

    Raises:
        Blocked: a protected resource would be destroyed.
        InfragateError: according to Terraform's diagnostics.
    """
    root, say = place.root, place.say
    say(f"{root.label}: looking for existing resources")
    state = connect(place, backend) or frozenset()
    adopted = _adopt(place, state)
    say(f"{root.label}: {len(state)} resources are managed, {len(adopted)} more exist; comparing with the standard")
    arguments = ["-lock=true" if locked else "-lock=false", *root.options]
    try:
        planned = place.terraform.plan(place.plan_file, arguments)
    except InfragateError as failed:
        raise _kept(failed, root) from failed
    if not planned.changes:
        return Prepared(workplace=place, planned=None)
    judgement = backend_standard.judge(_shown(place), root.names, known=root.known)
    return Prepared(workplace=place, planned=planned, judgement=judgement)


def _shown(place: Workplace) -> Any:
    into = place.plan_file.with_suffix(".json")
    try:
        return plan_json.parse(place.terraform.show(place.plan_file, into))
    finally:
        into.unlink(missing_ok=True)


def _adopt(place: Workplace, held: Collection[str]) -> dict[str, str]:
    """Write an import block for each existing resource that is not in the state; returns their ids by address."""
    with aws_api.reported("look for existing resources"):
        ids = place.inventory.existing([resource for resource in place.root.resources if resource.address not in held])
    blocks = [
        f"import {{\n  to = {address}\n  id = {json.dumps(import_id)}\n}}\n" for address, import_id in ids.items()
    ]
    files.write(place.terraform.folder / "adopted.tf", "\n".join(blocks))
    return ids


def _kept(failed: InfragateError, root: Root) -> InfragateError:
    if "Instance cannot be destroyed" not in failed.message:
        return failed
    return Blocked(
        f"bucket, key and lock table are never replaced or destroyed: {failed.message}",
        where=f"account {root.account_id}",
        fix="put the old value back into infra/environments.yaml; docs/state-backend.md, 'Change the backend'",
    )


def apply(prepared: Prepared) -> None:
    """Apply the plan.

    Raises:
        InfragateError: according to Terraform's diagnostics; the state has all completed changes.
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
    """A line for every tenth finished resource, and one every half minute for a slow one."""
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
