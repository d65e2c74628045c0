"""The rehearsal of a protected Environment: all of its life, and no end. Its Stack is small: the life of FileFlow's is
rehearsed in dev (test_rehearse.py), and that of its prod is in test_rollback.py."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from tests.e2e import module_git, product
from tests.e2e.module_git import BOX, NEWER_BOX, call
from tests.e2e.product import Done, Product

from infragate.adapters.modules import module_releases
from infragate.adapters.modules.module_releases import Repository

STACK = call("v1.0.0", 'word = "a"', 'owner = "x"') + product.stored("kept").replace(
    "input ", "lifecycle {\n    prevent_destroy = true\n  }\n  input "
)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    with product.checkout(tmp_path_factory.mktemp("prod") / "checkout") as made:
        publish(made, {"v1.0.0": BOX, "v1.1.0": NEWER_BOX})
        shutil.rmtree(made.stack)
        shutil.rmtree(made.stack.with_name("stg"))
        product.make_small(made, STACK, "prod")
        made.ok("modules-lock", "--sandbox")
        made.commit("a small prod")
        yield made.run("rehearse", "--env", "prod", "--json")


def publish(made: Product, texts: dict[str, str]) -> None:
    """Put other releases, of one module, in the place of the checkout's."""
    author = ("kim", "kim@example.com", "2026-01-01T00:00:00+00:00")
    shutil.rmtree(made.root / "modules")
    releases = made.root / module_releases.SERIES
    releases.mkdir(parents=True)
    repository = Repository(path=made.root.parent / "releases.git")
    parent = repository.build(())
    for tag, text in texts.items():
        module_git.box(text)(made.root)
        repository.take(made.root)
        parent = repository.commit(parent, tag, author)
        (releases / f"{tag}.patch").write_text(repository.mail(parent))


def test_every_step_of_its_life_ends_well(rehearsal: Done) -> None:
    assert rehearsal.code == 0, rehearsal.err
    details = {step["name"]: step["detail"] for step in rehearsal.document["result"]["steps"]}
    assert details["apply"].startswith("Apply complete! Resources: 2 added")
    assert "0 to add, 0 to change, 0 to destroy" in details["plan again is empty"]


def test_its_destruction_is_refused_when_it_is_planned(rehearsal: Done) -> None:
    last = rehearsal.document["result"]["steps"][-1]
    assert (last["name"], last["status"]) == ("plan --destroy is refused", "ok")
    assert "terraform_data.kept has lifecycle.prevent_destroy set" in last["detail"]
