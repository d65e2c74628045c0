"""The runbook of a new Environment, in a checkout of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.e2e import product
from tests.e2e.product import Product
from tests.e2e.runbook_world import RUNBOOKS, equip, typed_in, written


def test_new_environment_md(tmp_path: Path) -> None:
    """In a checkout of its own, whose sandbox is in use before the Environment gets its place in the middle."""
    page = "new-environment.md"
    with product.checkout(tmp_path / "new", extra={"INFRAGATE_SANDBOX": "1"}) as checkout:
        for name in ("atlantis.yaml", "docs/roles.md", "workflows/atlantis/repos.yaml"):
            (checkout.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(product.ROOT / name, checkout.root / name)
        for setting, value in (("user.name", "kim"), ("user.email", "kim@example.com")):
            checkout.git("config", setting, value)
        with (checkout.root / ".gitignore").open("a") as ignored:
            ignored.write("/inv\n")
        checkout.commit("what render writes")
        equip(checkout)
        assert "dev, stg, prod" in typed_in(checkout, written(page, "Look"))
        add_entry(checkout.root / "infra" / "environments.yaml", page)
        assert "written  atlantis.yaml" in typed_in(checkout, written(page, "Name it"))
        merge(checkout, "qa-account")
        roles = typed_in(checkout, written(page, "Make its roles", 0, 2))  # block 1 only shows the same
        assert "qa (444444444444): done" in roles
        assert "no state yet" in roles
        stack = typed_in(checkout, written(page, "Give it a Stack"))
        assert "infra/envs/qa  allow" in stack
        assert 'key            = "fileflow/qa/terraform.tfstate"' in stack
        merge(checkout, "qa-stack")
        plan = typed_in(checkout, written(page, "It worked when"))
        assert "role fileflow-qa-plan" in plan
        assert "Plan: 34 to add, 0 to change, 0 to destroy." in plan


def add_entry(settings: Path, page: str) -> None:
    """Write the page's new Environment where the page says."""
    (entry,) = re.findall(r"```yaml\n(.*?)```", (RUNBOOKS / page).read_text(), flags=re.DOTALL)
    text = settings.read_text()
    assert text.count("  prod:\n") == 1
    settings.write_text(text.replace("  prod:\n", f"{entry}  prod:\n"))


def merge(checkout: Product, branch: str) -> None:
    """What GitHub does with a pull request in the end."""
    checkout.git("push", "-q", "origin", f"{branch}:main")
