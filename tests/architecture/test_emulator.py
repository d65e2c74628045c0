"""The emulator is a program beside infragate: neither knows the other's insides, and only `sandbox/` starts it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.architecture.test_layers import SOURCE, dotted, imports, modules, name_of, tree_of

EMULATOR = SOURCE.parent / "aws_emulator"
# Outside thing -> the modules that own it.
OWNERS = {
    "socket": {"__main__.py"},
    "signal": {"__main__.py"},
    "argparse": {"__main__.py"},
    "pickle": {"pickling.py"},
    "marshal": {"pickling.py"},
    "tempfile": {"snapshot_file.py"},
    "werkzeug": {"__main__.py"},
    "subprocess": set[str](),
    "boto3": set[str](),
    "requests": set[str](),
    "urllib.request": set[str](),
    "http.client": set[str](),
}
PURE = {
    "__future__", "aws_emulator", "base64", "binascii", "collections", "dataclasses", "datetime", "enum", "functools",
    "ipaddress", "json", "re", "typing",
}  # fmt: skip


def emulator_modules() -> list[Path]:
    return sorted(EMULATOR.rglob("*.py"))


def emulator_name(path: Path) -> str:
    return path.relative_to(EMULATOR).as_posix()


@pytest.mark.parametrize("path", emulator_modules(), ids=emulator_name)
def test_the_emulator_neither_imports_nor_names_infragate(path: Path) -> None:
    assert "infragate" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_sandbox_imports_or_names_the_emulator(path: Path) -> None:
    if path.relative_to(SOURCE).parts[0] != "sandbox":
        assert "aws_emulator" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((SOURCE / "usecases").rglob("*.py")), ids=name_of)
def test_of_the_verbs_only_those_about_the_sandbox_import_it(path: Path) -> None:
    """`clouds.py` picks the cloud; every other use case takes what it needs from the Cloud."""
    place = path.relative_to(SOURCE / "usecases")
    if (
        place.as_posix() not in ("clouds.py", "sandbox.py", "practice.py", "applied_sandbox.py")
        and place.parts[0] != "rehearsal"
    ):
        assert not [name for name in imports(tree_of(path)) if name.startswith("infragate.sandbox")]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nobody_asks_which_cloud_it_is(path: Path) -> None:
    """What differs is a hook of Cloud: its name is for folders and messages."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            literals = [side.value for side in sides if isinstance(side, ast.Constant)]
            assert not (any(dotted(side).endswith("cloud.name") for side in sides) and "sandbox" in literals)


@pytest.mark.parametrize("path", emulator_modules(), ids=emulator_name)
def test_each_outside_thing_has_one_owner(path: Path) -> None:
    tree, name = tree_of(path), emulator_name(path)
    for imported in imports(tree):
        for owned, owners in OWNERS.items():
            if imported == owned or imported.startswith(f"{owned}."):
                assert name in owners, f"{name} imports {imported}; its owner is {sorted(owners)}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "input", "eval", "exec"), f"{name} calls {node.func.id}"


@pytest.mark.parametrize("path", sorted((EMULATOR / "iam").rglob("*.py")), ids=emulator_name)
def test_the_policy_evaluator_is_pure(path: Path) -> None:
    for imported in imports(tree_of(path)):
        assert imported.split(".")[0] in PURE, f"{emulator_name(path)} imports {imported}"
        assert not imported.startswith("aws_emulator") or imported.startswith("aws_emulator.iam"), imported


@pytest.mark.parametrize("path", emulator_modules(), ids=emulator_name)
def test_functions_and_files_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350, f"{emulator_name(path)} is too long"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 40, f"{emulator_name(path)}: {node.name} has {length} lines"
