"""A test that leaves itself out proves nothing: the end-to-end tests run or fail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.architecture.test_layers import dotted, imports, tree_of

END_TO_END = Path(__file__).parents[1] / "e2e"
LEAVES_OUT = {"skip", "skipif", "xfail", "importorskip", "exit"}


@pytest.mark.parametrize("path", sorted(END_TO_END.glob("*.py")), ids=lambda path: path.name)
def test_an_end_to_end_test_cannot_be_left_out(path: Path) -> None:
    tree = tree_of(path)
    names = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | {*imports(tree)}
    assert not [name for name in names if name.startswith("pytest.") and LEAVES_OUT & {*name.split(".")}]
    assert not [
        name for name in names if name.startswith("tests.integration.walls")
    ]  # a test of walls may say "not run"
