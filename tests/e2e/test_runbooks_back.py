"""The runbooks of the way back to an older release, typed into a shell as they stand there, on a prod in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.e2e import product, runbook_world
from tests.e2e.product import Product
from tests.e2e.runbook_world import Typed


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with runbook_world.prod_applied(tmp_path_factory.mktemp("runbooks") / "prod", tmp_path_factory) as lent:
        yield lent


@pytest.fixture
def typed(prod: Product) -> Iterator[Typed]:
    with runbook_world.typing(prod) as type_:
        yield type_


def database(prod: Product) -> str:
    return str(prod.administrator("rds", product.PROD).describe_db_instances()["DBInstances"][0]["DbiResourceId"])


def test_rollback_md(prod: Product, typed: Typed) -> None:
    before, page = database(prod), "rollback.md"
    assert "ok  lock  free" in typed(page, "Look")
    assert "commit " in typed(page, "Propose it")
    assert "is aborted and its branch rollback/prod-v0.6.1 removed" in typed(page, "Back out", 0)
    assert "prod is healthy" in typed(page, "Apply it at once")
    assert "No changes" in typed(page, "It worked when")
    assert prod.git("ls-remote", "origin", "rollback/prod-v0.6.1")
    forward = typed(page, "Back out", 1)
    assert "was module.rds.aws_db_instance.this" in forward
    assert "prod is healthy" in forward
    assert database(prod) == before


def test_module_downgrade_md(prod: Product, typed: Typed) -> None:
    page = "module-downgrade.md"
    assert "would write: infra/envs/prod/main.tf, infra/envs/prod/module_moves.tf" in typed(page, "Look")
    assert "+  to   = module.rds.aws_db_instance.this" in typed(page, "Do", 0)
    typed(page, "Back out", 0)
    assert prod.git("status", "--porcelain") == ""
    prod.git("switch", "-q", "main")
    prod.git("branch", "-q", "-D", "rds-v0.6.1")
    typed(page, "Do")
    assert "No changes" in typed(page, "It worked when")
    back = typed(page, "Back out", 1)
    assert "-  to   = module.rds.aws_db_instance.this" in back
