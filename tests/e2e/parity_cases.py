"""What the three callers are asked in the parity test: a change that goes through, and a failure of each class."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.e2e import product
from tests.e2e.atlantis_pulls import DEV, alarm, program
from tests.e2e.parity_callers import Answers, Caller
from tests.e2e.product import PROVIDER_FILES, Product, stored

from github_emulator.faults import Fault
from github_emulator.model import Pull

PROD_FOLDER, MODULES = "infra/envs/prod", "infra/modules.lock"
PROD = f"{PROD_FOLDER}/main.tf"
RULES = """
environments:
  dev: {apply: verdict}
  prod: {required: [code, conftest], optional: [], apply: verdict}
"""
# The scanners have judged dev's code in the first case. Those behind it are about the plan, its cost and the approvals.
WITHOUT_SCANNERS = RULES.replace("dev: {", "dev: {required: [code, conftest, infracost], optional: [], ")
DEV_ALARM = "fileflow-dev-cpu"
LOCK_ID = "7c1d0000-0000-0000-0000-000000000001"
UNREADABLE = "erin"  # a reviewer of whom this GitHub cannot say what she may do

Said = dict[tuple[str, str], Answers]  # by case and a word for the moment


def prepare(origin: Product, *, host: str) -> None:
    """An alarm in dev, applied; prod without a provider, not applied; then rules by which an apply needs a Verdict."""
    file = origin.root / "infra" / "environments.yaml"
    file.write_text(file.read_text().replace("\ngithub:\n", f"\ngithub:\n  host: {host}\n"))
    product.make_small(origin, stored("one"), "prod")
    (origin.root / PROD).write_text(prod(stored("one")))
    origin.ok("render")
    origin.commit("small")
    origin.ok("plan", "--env", "dev", "--sandbox")
    origin.ok("apply", "--env", "dev", "--sandbox")
    set_rules(origin, RULES)


def set_rules(origin: Product, environments: str) -> None:
    """Give the base branch other rules for its Environments."""
    rules = origin.root / "policy" / "gate.yaml"
    rules.write_text(re.sub(r"(?ms)^environments:\n.*?^(?=\w)", environments.lstrip(), rules.read_text()))
    origin.commit("rules")


def dev_alarms(threshold: int, *more: str) -> dict[str, str]:
    """dev's alarm with that threshold; each further one costs ten cents a month."""
    first = alarm(DEV_ALARM).replace("= 80", f"= {threshold}")
    return {DEV: "".join([first, *map(alarm, more), product.SMALL_LOCALS])}


def prod(*parts: str) -> str:
    return "".join(parts) + product.SMALL_LOCALS.replace('env = "dev"', 'env = "prod"')


def tampered() -> dict[str, str]:
    """A call of a module whose files are not those that the lock names."""
    lock = json.loads((product.ROOT / MODULES).read_text())
    pin = next(pin for pin in lock["pins"] if pin["source"].endswith("/iam") and PROD_FOLDER in pin["stacks"])
    pins = [{**pin, "tree": "sha256:" + "0" * 64, "stacks": [PROD_FOLDER]}]
    call = f'module "iam" {{\n  source = "git::{pin["source"]}?ref={pin["ref"]}"\n}}\n'
    providers = {f"{PROD_FOLDER}/{name}": (product.ROOT / PROD_FOLDER / name).read_text() for name in PROVIDER_FILES}
    code = {PROD: prod(stored("one"), call), MODULES: json.dumps({**lock, "pins": pins}, indent=2) + "\n"}
    return {**code, **providers}


@dataclass
class Story:
    """What one caller is asked, in order.

    Attributes:
        said: what it answered.
    """

    caller: Caller
    said: Said

    def tell(self) -> None:
        self._allowed()
        self._locked()
        self._approvals()
        self._remote()
        self._alone("blocked", {PROD: prod(stored("one"), program("true", "evil"))})
        self._alone("input", {PROD: prod(stored("one"), 'output "broken" {\n')})
        self._alone("integrity", tampered())

    def tell_without_a_program(self) -> None:
        """The caller's conftest is gone."""
        self._alone("tool", {PROD: prod(stored("one", 3))})

    @property
    def _origin(self) -> Product:
        return self.caller.origin

    @contextmanager
    def _proposed(self, case: str, files: Mapping[str, str]) -> Iterator[Pull]:
        pull = self.caller.propose(case, files)
        try:
            yield pull
        finally:
            self.caller.close(pull)

    def _alone(self, case: str, files: Mapping[str, str], env: str = "prod") -> None:
        """A change that is planned and judged, and no more."""
        with self._proposed(case, files) as pull:
            self.said[case, "plan"] = self.caller.plan(pull, env)

    def _allowed(self) -> None:
        with self._proposed("allowed", dev_alarms(90)) as pull:
            self.said["allowed", "plan"] = self.caller.plan(pull, "dev")
            self.said["allowed", "cost"] = self.caller.cost(pull, "dev")
            self._approve(pull, "bob")
            self.said["allowed", "apply"] = self.caller.apply(pull, "dev")
        self._origin.git("checkout", "-q", "main")
        set_rules(self._origin, WITHOUT_SCANNERS)
        self._alone("applied", dev_alarms(90), "dev")

    def _locked(self) -> None:
        with self._proposed("locked", {PROD: prod(stored("one", 2))}) as pull:
            self.caller.plan(pull, "prod")
            self._approve(pull, "bob")
            with _held(self._origin):
                self.said["locked", "apply"] = self.caller.apply(pull, "prod")

    def _approvals(self) -> None:
        with self._proposed("approvals", dev_alarms(90, "fileflow-dev-memory")) as pull:
            self.said["approvals", "plan"] = self.caller.plan(pull, "dev")
            self.said["approvals", "cost"] = self.caller.cost(pull, "dev")
            self._approve(pull, "bob")
            self.said["approvals", "apply"] = self.caller.apply(pull, "dev")
            self._approve(pull, "carol")
            self.said["approved", "plan"] = self.caller.plan(pull, "dev")

    def _remote(self) -> None:
        self.caller.github.faults.append(Fault(path=f"/collaborators/{UNREADABLE}/", status=403, message="not for you"))
        with self._proposed("remote", dev_alarms(90, "fileflow-dev-swap")) as pull:
            self._approve(pull, UNREADABLE)
            self.said["remote", "plan"] = self.caller.plan(pull, "dev")

    def _approve(self, pull: Pull, user: str) -> None:
        self.caller.github.review(user, "APPROVED", pull.head_sha, number=pull.number)


@contextmanager
def _held(origin: Product) -> Iterator[None]:
    """Somebody else holds the lock of prod's state."""
    key = {"LockID": {"S": f"{origin.project.state.bucket}/{origin.project.environment('prod').state_key}"}}
    info = {
        "ID": LOCK_ID,
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "kim@laptop",
        "Version": "1.11.4",
        "Created": "2026-11-23T09:12:03.123456789Z",
        "Path": key["LockID"]["S"],
    }
    table = {"TableName": origin.project.state.lock_table}
    origin.administrator("dynamodb").put_item(**table, Item={**key, "Info": {"S": json.dumps(info)}})
    try:
        yield
    finally:
        origin.administrator("dynamodb").delete_item(**table, Key=key)
