"""apply does what was planned or nothing: every way in which a plan can cease to fit is refused before anything moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import APPLY, PLAN, Product, planned, stored, write

from infragate.adapters.local import clock, own_folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("bound") / "small", small=stored("one")) as made:
        made.ok("sandbox-up")
        yield made


@pytest.fixture
def small(shared: Product) -> Iterator[Product]:
    """The shared checkout; whatever a test wrote into it is gone afterwards, what it applied stays."""
    yield from product.restored(shared)


def tampered_plan(small: Product) -> None:
    plan = small.plans / "plan.tfplan"
    content = bytearray(plan.read_bytes())
    content[len(content) // 2] ^= 1
    plan.write_bytes(bytes(content))


def another_json(small: Product) -> None:
    path = small.plans / "plan.tfplan.json"
    path.write_text(path.read_text().replace(":120", ":121"))


def manifest_of_another_account(small: Product) -> None:
    edit_manifest(small, account_id="333333333333")


def old_plan(small: Product) -> None:
    edit_manifest(small, created=(clock.now() - timedelta(hours=25)).isoformat(timespec="seconds"))


def another_role(small: Product) -> None:
    edit_manifest(small, role="arn:aws:iam::111111111111:role/fileflow-dev-apply")


def another_state_role(small: Product) -> None:
    edit_manifest(small, state_role="arn:aws:iam::999999999999:role/fileflow-dev-state-apply")


def another_mode(small: Product) -> None:
    edit_manifest(small, mode="destroy")


def invented_targets(small: Product) -> None:
    edit_manifest(small, targets=["terraform_data.one"])


def edit_manifest(small: Product, **fields: object) -> None:
    product.edit_manifest(small.plans / "plan.tfplan.manifest.json", **fields)


def broken_manifest(small: Product) -> None:
    (small.plans / "plan.tfplan.manifest.json").write_text('{"schema_version": 1')


def changed_values(small: Product) -> None:
    with (small.stack / "dev.tfvars").open("a") as file:
        file.write("# another byte\n")


def changed_code(small: Product) -> None:
    with (small.stack / "main.tf").open("a") as file:
        file.write("# another byte\n")


def new_file(small: Product) -> None:
    (small.stack / "extra.json").write_text("{}")


def changed_mode(small: Product) -> None:
    (small.stack / "main.tf").chmod(0o755)


def changed_provider_lock(small: Product) -> None:
    with (small.stack / ".terraform.lock.hcl").open("a") as file:
        file.write("# another byte\n")


def changed_environments(small: Product) -> None:
    with (small.root / "infra" / "environments.yaml").open("a") as file:
        file.write("# another byte\n")


def new_commit(small: Product) -> None:
    small.commit("somebody else's")


def errored_state(small: Product) -> None:
    (small.stack / "errored.tfstate").write_text("{}")


SPOILERS = [
    tampered_plan,
    another_json,
    manifest_of_another_account,
    another_role,
    another_state_role,
    another_mode,
    invented_targets,
    old_plan,
    broken_manifest,
    changed_values,
    changed_code,
    new_file,
    changed_mode,
    changed_provider_lock,
    changed_environments,
    new_commit,
    errored_state,
]


@pytest.fixture(scope="module")
def good_plan(shared: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan that could be applied, kept aside: nothing is applied while it is spoiled in many ways."""
    planned(shared, stored("one", 120))
    kept = tmp_path_factory.mktemp("good")
    for path in shared.plans.glob("plan.tfplan*"):
        shutil.copy(path, kept)
    (kept / "commit").write_text(shared.git("rev-parse", "HEAD"))
    return kept


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_what_is_not_what_was_planned_is_not_applied(
    small: Product, good_plan: Path, spoil: Callable[[Product], None]
) -> None:
    small.git("reset", "-q", "--hard", (good_plan / "commit").read_text())
    for path in good_plan.glob("plan.tfplan*"):
        shutil.copy(path, small.plans)
    before = small.record_keys()
    spoil(small)
    done = small.run(*APPLY)
    assert done.code == 7, done.err
    assert len(done.error) == 3
    assert small.record_keys() == before
    assert small.lock_items() == []


def test_a_plan_made_before_another_apply_is_refused(small: Product, tmp_path: Path) -> None:
    write(small, stored("one", 150))
    small.ok(*PLAN, "--out", str(tmp_path / "first"))
    small.ok(*PLAN)
    small.ok(*APPLY)
    late = small.run(*APPLY, "--plan", str(tmp_path / "first"))
    assert late.code == 7, late.err
    assert "serial" in late.error[0]


def test_without_a_plan_there_is_nothing_to_apply(small: Product) -> None:
    for path in small.plans.glob("plan.tfplan*"):
        path.unlink()
    done = small.run(*APPLY)
    assert done.code == 3, done.err
    assert done.error[2] == "fix: infragate plan --env dev --sandbox"


def test_a_plan_that_fails_leaves_no_older_plan_to_apply(small: Product) -> None:
    planned(small, stored("one", 180))
    write(small, 'resource "aws_cloudwatch_log_group" "broken" {\n  nonsense = 1\n}\n')
    assert small.run(*PLAN).code == 3
    assert small.run(*APPLY).code == 3


def test_private_files_are_private(small: Product) -> None:
    planned(small, stored("one", 365))
    modes = {path.name: path.stat().st_mode & 0o077 for path in small.plans.glob("plan.tfplan*")}
    assert set(modes.values()) == {0}
    assert list((small.plans / "runs").iterdir()) == []
    assert (own_folder.path(small.root)).stat().st_mode & 0o077 == 0
