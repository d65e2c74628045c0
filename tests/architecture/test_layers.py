"""The layers and the one owner of each outside thing, read from the syntax trees of the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "infragate"
PACKAGE = "infragate"

# Who may import whom. The emulator is a program of its own: see test_emulator.py.
MAY_IMPORT = {
    "domain": {"domain"},
    "adapters": {"adapters", "domain"},
    "sandbox": {"sandbox", "adapters", "domain"},
    "usecases": {"usecases", "sandbox", "adapters", "domain"},
    "report": {"report", "usecases", "domain"},
    "tasks": {"tasks", "usecases", "report", "adapters", "domain", "sandbox"},
}

# Outside thing -> the modules that own it.
OWNERS = {
    "subprocess": {"adapters/process/children.py"},
    "ctypes": {"adapters/process/kernel.py"},
    "boto3": {"adapters/aws/aws_api.py"},
    # The errors of AWS; what calls AWS from elsewhere goes through adapters/aws/aws_api.py.
    "botocore": {
        f"{place}.py"
        for place in (
            "adapters/aws/aws_api",
            "adapters/aws/drift_records",
            "adapters/aws/inventory",
            "adapters/aws/resource_tags",
            "adapters/aws/service_models",
            "adapters/aws/state_store",
            "sandbox/emulator_session",
        )
    },
    "tree_sitter": {"adapters/terraform/hcl.py"},
    "tree_sitter_hcl": {"adapters/terraform/hcl.py"},
    "github": {
        f"adapters/github/{name}.py"
        for name in ("github_api", "github_retry", "reviews", "sticky_comment", "sticky_issue")
    },
    # Those of GitHub for the errors of PyGithub's transport.
    "requests": {
        "adapters/tools/downloads.py",
        "adapters/github/github_api.py",
        "adapters/github/github_retry.py",
        "adapters/github/job_token.py",
        "adapters/service_probe.py",
    },
    # slack_sdk asks through it; its errors, and redirects that are not followed.
    "urllib.request": {"adapters/slack/slack_http.py"},
    "slack_sdk": {"adapters/slack/slack_http.py"},
    # The emulator's own control address; the errors of slack_sdk's transport.
    "http.client": {"sandbox/control.py", "adapters/slack/slack_http.py"},
    "socket": {"sandbox/daemons.py", "adapters/slack/slack_http.py"},
    "invoke": {"tasks/__init__.py", "tasks/command_line.py", "tasks/verb.py"},
    "time": {"adapters/local/clock.py"},
    "filelock": {"adapters/local/locks.py"},
    "codeowners": {"adapters/local/codeowners_file.py"},
}
OWNED_NAMES = {
    "os.environ": {"adapters/local/settings.py"},
    "os.getenv": {"adapters/local/settings.py"},
    "os.kill": {"adapters/process/children.py"},
    "os.killpg": {"adapters/process/children.py"},
    "os.system": set[str](),
    "signal.signal": {"adapters/process/signals.py"},
    "os.popen": set[str](),
    "datetime.now": {"adapters/local/clock.py"},
    "datetime.utcnow": set[str](),
    "datetime.today": set[str](),
    "date.today": set[str](),
    "time.time": {"adapters/local/clock.py"},
    "time.sleep": {"adapters/local/clock.py"},
    "sys.stdout": {"report/printer.py", "adapters/local/settings.py", "adapters/process/ending.py"},
}
# What the pure core may use of the standard library and beyond.
PURE = {
    "__future__", "ahocorasick_rs", "ast", "base64", "bisect", "collections", "contextlib", "copy", "dataclasses",
    "datetime", "decimal", "difflib", "enum", "fnmatch", "fractions", "functools", "hashlib", "hmac", "infragate",
    "ipaddress", "itertools", "json", "math", "operator", "orjson", "packaging", "pathlib", "posixpath", "re", "shlex",
    "string", "textwrap", "threading", "tomllib", "types", "typing", "unicodedata", "urllib",
}  # fmt: skip
HEAVY = {
    "boto3",
    "botocore",
    "rich",
    "jsonschema",
    "yaml",
    "requests",
    "moto",
    "flask",
    "tenacity",
    "filelock",
    "tree_sitter",
    "tree_sitter_hcl",
    "jinja2",
}


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import_time(tree: ast.Module) -> Iterator[str]:
    """What importing the module imports: nothing inside functions, nothing only for type checkers."""
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from imports(node)


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_from_its_own_layer_and_below(path: Path) -> None:
    layer = path.relative_to(SOURCE).parts[0]
    if layer not in MAY_IMPORT:
        return
    for imported in imports(tree_of(path)):
        parts = imported.split(".")
        if parts[0] == PACKAGE and len(parts) > 1 and parts[1] in MAY_IMPORT:
            assert parts[1] in MAY_IMPORT[layer], f"{name_of(path)} imports {imported}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_each_outside_thing_has_one_owner(path: Path) -> None:
    tree, name = tree_of(path), name_of(path)
    for imported in imports(tree):
        for owned, owners in OWNERS.items():
            if imported == owned or imported.startswith(f"{owned}."):
                assert name in owners, f"{name} imports {imported}; its owner is {sorted(owners)}"
    for node in ast.walk(tree):
        used = dotted(node) if isinstance(node, ast.Attribute) else ""
        assert used not in OWNED_NAMES or name in OWNED_NAMES[used], f"{name} uses {used}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "input", "eval", "exec"), f"{name} calls {node.func.id}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_git_is_started_by_its_owner_only(path: Path) -> None:
    lists = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.List) and node.elts)
    starts = [node for node in lists if isinstance(node.elts[0], ast.Constant) and node.elts[0].value == "git"]
    assert not starts or name_of(path) == "adapters/git.py"


@pytest.mark.parametrize("path", sorted((SOURCE / "domain").rglob("*.py")), ids=name_of)
def test_the_domain_is_pure(path: Path) -> None:
    for imported in imports(tree_of(path)):
        assert imported.split(".")[0] in PURE, f"{name_of(path)} imports {imported}"
    for node in ast.walk(tree_of(path)):
        called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        assert called not in (
            "read_text",
            "read_bytes",
            "write_text",
            "write_bytes",
            "open",
            "exists",
            "mkdir",
            "unlink",
        )


@pytest.mark.parametrize("path", sorted((SOURCE / "tasks").glob("*.py")), ids=name_of)
def test_listing_the_verbs_imports_nothing_heavy(path: Path) -> None:
    if path.name == "arguments.py":  # imported inside task bodies only
        return
    for imported in at_import_time(tree_of(path)):
        top = imported.split(".")
        assert top[0] not in HEAVY, f"{name_of(path)} imports {imported} at import time"
        assert top[:2] not in (["infragate", "usecases"], ["infragate", "adapters"], ["infragate", "sandbox"])


@pytest.mark.parametrize("path", sorted((SOURCE / "report").glob("*.py")), ids=name_of)
def test_a_report_knows_usecases_by_their_types_only(path: Path) -> None:
    for imported in at_import_time(tree_of(path)):
        assert not imported.startswith("infragate.usecases"), f"{name_of(path)} imports {imported} at import time"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_functions_and_files_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350, f"{name_of(path)} is too long"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or 0) - node.lineno + 1
            limit = 50 if path.parent.name == "tasks" else 40  # a task is flags, help text and one call
            assert length <= limit, f"{name_of(path)}: {node.name} has {length} lines"


def test_no_module_hides_behind_a_name_that_says_nothing() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "manager.py", "misc.py"}
    assert not [name_of(path) for path in modules() if path.name in vague]


def test_a_public_name_of_a_class_or_a_type_means_one_thing() -> None:
    owners: dict[str, list[str]] = {}
    for path in modules():
        for node in tree_of(path).body:
            alias = isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and dotted(node.targets[0])
            name = node.name if isinstance(node, ast.ClassDef) else alias if alias and not alias.isupper() else ""
            if name and name[0].isupper():
                owners.setdefault(name, []).append(name_of(path))
    assert not {name: paths for name, paths in owners.items() if len(paths) > 1}
