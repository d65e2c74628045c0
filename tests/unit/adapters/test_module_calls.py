"""The module calls of a folder: which file holds a pin, nested local modules, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infragate.adapters.modules import module_calls
from infragate.domain.errors import BadInput
from infragate.domain.modules import pin_change

GIT = "git::https://h/r.git//m?ref={}"


def written(root: Path, **files: str) -> Path:
    """A folder `dev` with files; `__` in a keyword stands for a dot, `___` for a slash."""
    for name, text in files.items():
        path = root / "dev" / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "dev"


def block(name: str, source: str) -> str:
    return f'module "{name}" {{\n  source = "{source}"\n}}\n'


def moved(root: Path, tag: str) -> dict[str, str]:
    """The files of `dev` whose pins are changed, with their new text."""
    texts: dict[str, str] = {}
    for call in module_calls.read(root / "dev", relative_to=root):
        pin = pin_change.pin_edit(
            module=call.name, where=call.where, path=call.file.path, block=call.block, tag=tag, commit=""
        )
        for edit in pin.edits if pin else ():
            path = root / edit.path
            path.write_bytes(pin_change.edited(path.read_bytes(), [edit]))
            texts[edit.path] = path.read_text()
    return texts


def test_an_edit_goes_to_the_file_whose_source_counts(tmp_path: Path) -> None:
    override = '# pinned here\nmodule "a" {\n  source = "' + GIT.format("v2") + '"\n}\n'
    written(tmp_path, main__tf=block("a", GIT.format("v1")), main_override__tf=override)
    (call,) = module_calls.read(tmp_path / "dev", relative_to=tmp_path)
    assert (call.where, call.source and call.source.ref) == ("dev/main_override.tf:2", "v2")
    assert moved(tmp_path, "v3") == {"dev/main_override.tf": override.replace("v2", "v3")}


def test_an_override_without_a_source_leaves_the_edit_where_it_was(tmp_path: Path) -> None:
    main = block("a", GIT.format("v1"))
    written(tmp_path, main__tf=main, main_override__tf='module "a" {\n  count = 0\n}\n')
    assert moved(tmp_path, "v3") == {"dev/main.tf": main.replace("v1", "v3")}


def test_an_override_in_json_syntax_holds_the_pin(tmp_path: Path) -> None:
    text = json.dumps({"module": {"a": {"source": GIT.format("v2")}}})
    written(tmp_path, main__tf=block("a", GIT.format("v1")), override__tf__json=text)
    assert moved(tmp_path, "v3") == {"dev/override.tf.json": text.replace("v2", "v3")}


@pytest.mark.parametrize(
    "form",
    [
        '{{"module": {{{0}}}, "module": {{{1}}}}}',
        '{{"module": [{{{0}}}, {{{1}}}]}}',
        '[{{"module": {{{0}}}}}, {{"module": {{{1}}}}}]',
    ],
    ids=["key-twice", "list", "list-of-documents"],
)
def test_every_pin_of_a_document_is_changed(tmp_path: Path, form: str) -> None:
    calls = [f'"{name}": {{"source": "{GIT.format("v1")}"}}' for name in ("a", "b")]
    text = form.format(*calls)
    written(tmp_path, main__tf__json=text)
    assert moved(tmp_path, "v3") == {"dev/main.tf.json": text.replace("v1", "v3")}


def test_calls_in_local_modules_have_the_names_above_them(tmp_path: Path) -> None:
    stack = written(
        tmp_path,
        main__tf=block("app", "./app"),
        app___main__tf=block("db", "../db") + block("git", GIT.format("v1")),
        db___main__tf=block("deep", GIT.format("v2")),
    )
    calls = module_calls.read_all(stack, relative_to=tmp_path)
    assert {key: call.where for key, call in calls.items()} == {
        "app": "dev/main.tf:1",
        "app.db": "dev/app/main.tf:1",
        "app.db.deep": "dev/db/main.tf:1",
        "app.git": "dev/app/main.tf:4",
    }


@pytest.mark.parametrize(
    ("source", "why"), [("./gone", "there is no folder ./gone"), ("../dev", "calls itself"), ("./app", "calls itself")]
)
def test_a_local_module_that_cannot_be_followed_is_named_with_its_place(tmp_path: Path, source: str, why: str) -> None:
    stack = written(tmp_path, main__tf=block("a", source), app___main__tf=block("b", "../app"))
    with pytest.raises(BadInput, match=why) as refused:
        module_calls.read_all(stack, relative_to=tmp_path)
    assert refused.value.where in ("dev/main.tf:1", "dev/app/main.tf:1")


@pytest.mark.parametrize(
    ("written_version", "pin"),
    [('"1.2.3"', "1.2.3"), ('"= 1.2"', "1.2.0"), ('"v1.0.0-rc.1"', "1.0.0-rc.1"), ('"~> 1.2"', None), ("var.v", None)],
)
def test_a_registry_module_is_pinned_by_an_exact_version(tmp_path: Path, written_version: str, pin: str | None) -> None:
    text = f'module "a" {{\n  source  = "o/r/aws"\n  version = {written_version}\n}}\n'
    (call,) = module_calls.read(written(tmp_path, main__tf=text), relative_to=tmp_path)
    assert call.pin == ("registry.terraform.io/o/r/aws", pin)
