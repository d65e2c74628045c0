"""The emulators of GitHub and Slack are packages beside infragate: they know nothing of us; only `sandbox/` imports them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.architecture.test_layers import SOURCE, imports, modules, name_of, tree_of

EMULATORS = ("github_emulator", "slack_emulator")
# Outside thing -> the modules that own it.
OWNERS = {
    "cryptography": {"certificates.py"},
    "tempfile": {"certificates.py"},
    "ssl": {"https.py"},
    "http.server": {"https.py", "server.py", "job_tokens.py"},
    "jwt": {"server.py"},
    "requests": {"webhooks.py"},
    "subprocess": set[str](),
    "socket": set[str](),
    "os": set[str](),
    "sys": set[str](),
}


def emulator_modules() -> list[Path]:
    return sorted(path for name in EMULATORS for path in (SOURCE.parent / name).rglob("*.py"))


@pytest.mark.parametrize("path", emulator_modules(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_emulator_neither_imports_nor_names_infragate(path: Path) -> None:
    assert "infragate" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_sandbox_imports_an_emulator_of_another_service(path: Path) -> None:
    used = [name for name in imports(tree_of(path)) if name.split(".")[0] in EMULATORS]
    assert not used or path.relative_to(SOURCE).parts[0] == "sandbox"


@pytest.mark.parametrize("path", emulator_modules(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_outside_thing_has_one_owner(path: Path) -> None:
    for imported in imports(tree_of(path)):
        for owned, owners in OWNERS.items():
            if imported == owned or imported.startswith(f"{owned}."):
                assert path.name in owners, f"{path.name} imports {imported}; its owner is {sorted(owners)}"
    for node in ast.walk(tree_of(path)):
        called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        assert called not in ("open", "print", "eval", "exec")


@pytest.mark.parametrize("path", emulator_modules(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_its_functions_and_files_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, node.name
