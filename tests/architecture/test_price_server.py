"""The price service is a package beside infragate: neither knows the other's insides, and one module starts it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.architecture.test_layers import SOURCE, imports, modules, name_of, tree_of

SERVICE = SOURCE.parent / "price_server"
CALLER = "adapters/scanners/price_books.py"
# Module -> what it may import of the standard library; nothing else, and no file, process or environment.
USES = {
    "__init__.py": set[str](),
    "answers.py": {"collections", "functools", "re", "typing"},
    "book.py": {"collections", "dataclasses", "datetime", "types", "typing"},
    "server.py": {"collections", "contextlib", "dataclasses", "http", "json", "threading", "typing"},
}


def service_modules() -> list[Path]:
    return sorted(SERVICE.rglob("*.py"))


@pytest.mark.parametrize("path", service_modules(), ids=lambda path: path.name)
def test_the_service_knows_nothing_of_infragate_and_touches_only_its_socket(path: Path) -> None:
    allowed = USES[path.name] | {"__future__", "price_server"}
    assert {name.split(".")[0] for name in imports(tree_of(path))} <= allowed
    for node in ast.walk(tree_of(path)):
        called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        assert called not in ("open", "print", "eval", "exec")


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_one_module_of_infragate_imports_the_service(path: Path) -> None:
    used = [name for name in imports(tree_of(path)) if name.split(".")[0] == "price_server"]
    assert not used or name_of(path) == CALLER


@pytest.mark.parametrize("path", service_modules(), ids=lambda path: path.name)
def test_its_functions_and_files_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, node.name
