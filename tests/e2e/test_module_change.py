"""`module-upgrade` and `module-downgrade` of a small module in dev and stg: what they write, say and refuse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e import module_git, product
from tests.e2e.module_git import BOX, NEWER_BOX, box, call
from tests.e2e.product import APPLY, PLAN, ROOT, Done, Product

from infragate.adapters.local import own_folder

UP = ("module-upgrade", "--module", "box", "--sandbox")
DOWN = ("module-downgrade", "--module", "box", "--sandbox")
DEV = ("--env", "dev")
MAIN = "infra/envs/dev/main.tf"
KEYS = 'for_each = toset(["a", "b.c"])'
READY = call("v1.0.0", KEYS, "word = each.key", 'owner = "x"  # kept')
BEFORE = call("v1.0.0", 'word = "a"', 'legacy = "yes"') + 'output "old" {\n  value = module.box.old\n}\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("change")
    with product.checkout(folder / "dev", small=READY) as made:
        shutil.rmtree(made.root / "infra" / "envs" / "prod")
        stg = made.root / "infra" / "envs" / "stg"
        for name in ("main.tf", "variables.tf"):
            shutil.copy(made.stack / name, stg / name)
        (stg / "outputs.tf").unlink(missing_ok=True)
        account = made.project.environment("stg").account_id
        (stg / "stg.tfvars").write_text(f'region = "ap-northeast-2"\naccount_id = "{account}"\n')
        for tag, text in (("v1.0.0", BOX), ("v1.1.0", NEWER_BOX)):
            module_git.publish(made, folder, tag, box(text))
        made.ok("modules-lock", "--sandbox")
        made.commit("box at v1.0.0")
        yield made


@pytest.fixture
def dev(made: Product) -> Iterator[Product]:
    """Lent: files and commits are as before afterwards."""
    tip = made.git("rev-parse", "HEAD")
    yield made
    made.git("reset", "-q", "--hard", tip)
    made.git("clean", "-q", "-fd")


def clean(dev: Product) -> bool:
    return dev.git("status", "--porcelain") == ""


def write(dev: Product, text: str) -> None:
    """Another call in the place of dev's."""
    main = dev.stack / "main.tf"
    main.write_text(text + main.read_text().partition("}\n")[2])
    dev.commit()


def said(done: Done, code: int) -> str:
    assert done.code == code, done.err + done.out
    return "\n".join(done.error)


@dataclass(frozen=True, slots=True)
class Way:
    """There and back on what is applied."""

    dry: Done
    dry_clean: bool
    up: Done
    up_diff: str
    up_plan: Done
    down: Done
    moves: str
    down_plan: Done
    up_again: Done
    moves_are_gone: bool


@pytest.fixture(scope="module")
def way(made: Product) -> Way:
    """v1.0.0 applied, up, applied, down, applied, up."""
    tip = made.git("rev-parse", "HEAD")
    made.ok(*PLAN)
    made.ok(*APPLY)
    dry = made.run(*UP, *DEV, "--to", "v1.1.0", "--dry-run", "--json")
    dry_clean = clean(made)
    up = made.run(*UP, *DEV, "--to", "v1.1.0", "--json")
    up_diff = made.git("diff", "--", MAIN)
    made.commit("up")
    up_plan = made.run(*PLAN, "--json")
    made.ok(*APPLY)
    down = made.run(*DOWN, *DEV, "--to", "v1.0.0", "--json")
    moves = (made.stack / "module_moves.tf").read_text()
    made.commit("down")
    down_plan = made.run(*PLAN, "--json")
    made.ok(*APPLY)
    up_again = made.run(*UP, *DEV, "--to", "v1.1.0", "--json")
    gone = not (made.stack / "module_moves.tf").exists()
    made.git("reset", "-q", "--hard", tip)
    made.git("clean", "-q", "-fd")
    return Way(dry, dry_clean, up, up_diff, up_plan, down, moves, down_plan, up_again, gone)


def test_a_dry_run_judges_the_same_and_writes_nothing(way: Way) -> None:
    assert way.dry.code == 0, way.dry.err
    dry, real = way.dry.document["result"], way.up.document["result"]
    for result in (dry, real):  # each is judged in a commit of its own draft
        result["environments"][0]["plan"]["target"].pop("commit")
    assert dry["environments"] == real["environments"]
    assert dry["files"] == real["files"] == [MAIN, "infra/modules.lock"]
    assert (dry["written"], real["written"]) == (False, True)
    assert way.dry_clean


def test_only_the_ref_is_changed(way: Way) -> None:
    changed = [line for line in way.up_diff.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
    source = '  source = "git::https://github.com/org/infra.git//modules/box?ref='
    assert changed == [f'-{source}v1.0.0"', f'+{source}v1.1.0"']


def test_what_the_release_moves_is_moved_in_every_instance(way: Way) -> None:
    summary = way.up_plan.document["result"]["summary"]
    assert (summary["move"], summary["destroy"], summary["replace"], summary["add"]) == (2, 0, 0, 0)


def test_going_back_moves_every_instance_back_with_its_key(way: Way) -> None:
    assert way.down.code == 0, way.down.err
    pairs = [
        (f'module.box["{key}"].terraform_data.main', f'module.box["{key}"].terraform_data.this') for key in ("a", "b.c")
    ]
    (judged,) = way.down.document["result"]["environments"]
    assert [(move["from"], move["to"]) for move in judged["moves"]] == pairs
    assert all(f"  from = {old}\n  to   = {new}\n" in way.moves for old, new in pairs)
    summary = way.down_plan.document["result"]["summary"]
    assert (summary["move"], summary["destroy"], summary["replace"], summary["add"]) == (2, 0, 0, 0)


def test_going_forward_again_removes_the_inverse_moves(way: Way) -> None:
    assert way.up_again.code == 0, way.up_again.err
    assert way.moves_are_gone


def test_what_the_caller_has_to_write_is_said_and_nothing_is_written(dev: Product) -> None:
    write(dev, BEFORE)
    done = dev.run(*UP, *DEV, "--to", "v1.1.0", "--json")
    assert done.code == 3, done.err
    (judged,) = done.document["result"]["environments"]
    found = {one["id"]: one for one in judged["findings"]}
    assert {(name, one["address"]) for name, one in found.items()} == {
        ("input-gone", "module.box.legacy"),
        ("input-required", "module.box.owner"),
        ("output-gone", "module.box.old"),
    }
    assert found["input-required"]["fix"] == ("add to module box: owner = <string>  # Team that answers for it.")
    assert found["output-gone"]["file"] == MAIN
    assert judged["plan"] is None
    assert clean(dev)


def test_all_environments_change_or_none(dev: Product) -> None:
    write(dev, BEFORE)
    done = dev.run(*UP, "--all-envs", "--to", "v1.1.0", "--json")
    assert done.code == 3, done.err
    decisions = {one["environment"]: one["decision"] for one in done.document["result"]["environments"]}
    assert decisions == {"dev": "incomplete", "stg": "go"}
    assert clean(dev)


def test_both_environments_are_written_together(dev: Product) -> None:
    done = dev.run(*UP, "--all-envs", "--to", "v1.1.0", "--json")
    assert done.code == 0, done.err + done.out
    assert done.document["result"]["files"] == [MAIN, "infra/envs/stg/main.tf", "infra/modules.lock"]
    assert dev.ok("modules-lock", "--check", "--sandbox").code == 0


def test_a_release_for_an_older_provider_is_refused(dev: Product, tmp_path: Path) -> None:
    needs = 'terraform { required_providers { aws = { source = "hashicorp/aws", version = "< 5.0" } } }'
    older = needs.replace("{ ", "{\n").replace(" }", "\n}")
    module_git.publish(dev, tmp_path, "v0.9.0", box(BOX + older))
    shutil.copy(ROOT / "infra" / "envs" / "dev" / ".terraform.lock.hcl", dev.stack)  # the provider wrote the state
    dev.commit()
    done = dev.run(*DOWN, *DEV, "--to", "v0.9.0", "--json")
    assert done.code == 8, done.err
    (judged,) = done.document["result"]["environments"]
    assert [one["id"] for one in judged["findings"]] == ["provider-too-new"]
    assert clean(dev)


@pytest.mark.parametrize("verb", [UP, DOWN])
def test_a_release_that_does_not_exist_is_answered_with_those_that_do(dev: Product, verb: tuple[str, ...]) -> None:
    text = said(dev.run(*verb, *DEV, "--to", "v1.2.0"), 3)
    assert "there is no release 'v1.2.0'; there are: v1.1.0, v1.0.0, " in text
    assert "--to v1.1.0" in text or "--to v1.0.0" in text


def test_an_upgrade_does_not_go_back(dev: Product, tmp_path: Path) -> None:
    module_git.publish(dev, tmp_path, "v0.9.1", box(BOX))
    text = said(dev.run(*UP, *DEV, "--to", "v0.9.1"), 3)
    assert "v1.0.0 to v0.9.1 is not an upgrade" in text
    assert "infragate module-downgrade --sandbox with the same flags" in text


def test_the_same_release_is_no_change(dev: Product) -> None:
    done = dev.ok(*DOWN, *DEV, "--to", "v1.0.0")
    assert "nothing to change" in done.out
    assert clean(dev)


@pytest.mark.parametrize("flags", [(), ("--env", "dev", "--all-envs")])
def test_one_environment_or_all_of_them(dev: Product, flags: tuple[str, ...]) -> None:
    assert "exactly one of --env and --all-envs is required" in said(dev.run(*UP, *flags, "--to", "v1.1.0"), 3)


def test_uncommitted_changes_are_kept_apart(dev: Product) -> None:
    (dev.root / MAIN).write_text((dev.root / MAIN).read_text() + "# mine\n")
    assert MAIN in said(dev.run(*UP, *DEV, "--to", "v1.1.0"), 3)


def test_a_run_that_was_killed_leaves_nothing_and_can_be_run_again(dev: Product) -> None:
    running = dev.start(*UP, *DEV, "--to", "v1.1.0")
    product.until(lambda: (own_folder.path(dev.root) / "drafts" / "module-upgrade" / MAIN).exists())
    running.kill()
    assert product.ended(running).code == -9
    assert clean(dev)
    dev.ok(*UP, *DEV, "--to", "v1.1.0")
    assert len(dev.git("worktree", "list", "--porcelain").split("\n\n")) == 1
