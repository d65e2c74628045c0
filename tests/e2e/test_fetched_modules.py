"""What real Terraform fetches from real git: commits, digests, and what is not to be trusted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.e2e import fetched_world
from tests.e2e.fetched_world import STACK, World

from infragate.adapters.modules import module_checkouts, package_content
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.modules import module_lock, module_states


@pytest.fixture
def world(tmp_path: Path) -> World:
    return fetched_world.standing(tmp_path)


def test_a_clone_and_its_copies_are_the_same_pin(world: World) -> None:
    found = world.get(z=world.source("a", "?ref=v1.0.0"), m=world.source("b", "?ref=v1.0.0"))
    assert [name for name in found if (world.data / "modules" / name / ".git").exists()] == ["m"]  # one is a copy
    commit = world.git("rev-parse", "HEAD")
    assert {(one.commit, one.tree, one.problem, one.unpinned) for one in found.values()} == {
        (commit, found["z"].tree, None, None)
    }


def test_a_module_inside_a_package_is_part_of_it(world: World) -> None:
    assert list(world.get(b=world.source("b", "?ref=v1.0.0"))) == ["b"]


def test_a_module_that_a_module_fetches_is_a_pin_of_its_own(world: World) -> None:
    inner = world.source("a", "?ref=v1.0.0")
    (world.modules / "b" / "main.tf").write_text(f'module "deep" {{\n  source = "{inner}"\n}}\n')
    commit = world.release("v2.0.0")
    found = world.get(b=world.source("b", "?ref=v2.0.0"))
    assert {name: (one.source.ref, one.commit == commit) for name, one in found.items()} == {
        "b": ("v2.0.0", True),
        "b.deep": ("v1.0.0", False),
    }


@pytest.mark.parametrize("query", ["?ref=v1.0.0", "?ref=light", "?ref=refs/tags/v1.0.0", "?ref=v1.0.0&depth=1"])
def test_a_tag_is_the_commit_that_it_names(world: World, query: str) -> None:
    found = world.get(a=world.source("a", query))["a"]
    assert (found.commit, found.unpinned, found.problem) == (world.git("rev-parse", "HEAD"), None, None)


def test_a_whole_commit_id_is_a_pin(world: World) -> None:
    commit = world.git("rev-parse", "HEAD")
    found = world.get(a=world.source("a", f"?ref={commit}"))["a"]
    assert (found.commit, found.unpinned, found.problem) == (commit, None, None)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "no ref"),
        ("?ref=side", "a branch"),
        ("?ref=side&depth=1", "a branch"),
        ("?ref=main", "a branch"),
    ],
)
def test_what_may_be_another_commit_tomorrow_is_no_pin(world: World, query: str, why: str) -> None:
    found = world.get(a=world.source("a", query), b=world.source("b", query))
    assert all(why in (one.unpinned or "") for one in found.values())


def test_a_short_commit_id_is_no_pin(world: World) -> None:
    found = world.get(a=world.source("a", f"?ref={world.git('rev-parse', '--short', 'HEAD')}"))["a"]
    assert "neither a tag nor a full commit id" in (found.unpinned or "")


def test_what_was_locked_is_ok_and_stays_ok_without_the_repository(world: World) -> None:
    lock = module_lock.of_fetched({STACK: world.get(a=world.source("a", "?ref=v1.0.0")).values()})
    shutil.rmtree(world.modules)
    assert world.state(lock) == "ok"


def test_a_tag_that_was_moved_is_seen_by_the_next_fetch(world: World) -> None:
    lock = module_lock.of_fetched({STACK: world.get(a=world.source("a", "?ref=v1.0.0")).values()})
    world.release("v1.0.0")
    world.get(a=world.source("a", "?ref=v1.0.0"))
    assert world.state(lock) == "moved"


def replaced_by_a_pipe(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda module: (module / "a" / "main.tf").write_text("# nothing\n"),
        lambda module: (module / "a" / "main.tf").unlink(),
        lambda module: (module / "a" / "more.tf").write_text(""),
        lambda module: (module / "a" / "main.tf").rename(module / "a" / "other.tf"),
        lambda module: (module / "a" / "run.sh").chmod(0o644),
        lambda module: (module / "a" / "main.tf").chmod(0o755),
        lambda module: (module / "b" / "main.tf").write_text("# a module that nobody calls\n"),
        lambda module: ((module / "a" / "link").unlink(), (module / "a" / "link").symlink_to("main.tf")),
        lambda module: (module / "a" / "out").symlink_to("/etc/hostname"),
        lambda module: (module / "a" / "up").symlink_to("../../../../x"),
        lambda module: (module / "a" / "loop").symlink_to("loop"),
        lambda module: replaced_by_a_pipe(module / "a" / "run.sh"),
        lambda module: shutil.rmtree(module),
        lambda module: (module / ".git" / "HEAD").unlink(),
    ],
    ids=[
        *("content", "gone", "new", "renamed", "no-program", "program", "elsewhere-in-the-package"),
        *("link", "link-out", "link-up", "link-loop", "pipe", "all-gone", "no-head"),
    ],
)
def test_what_was_changed_after_the_fetch_is_tampered_with(world: World, tamper: Callable[[Path], object]) -> None:
    lock = module_lock.of_fetched({STACK: world.get(a=world.source("a", "?ref=v1.0.0")).values()})
    tamper(world.data / "modules" / "a")
    assert world.state(lock) == "tampered"


@pytest.mark.parametrize("place", ["other", "modules/a/b", "../stack"])
def test_a_list_of_modules_that_leads_terraform_elsewhere_is_refused(world: World, place: str) -> None:
    world.get(a=world.source("a", "?ref=v1.0.0"))
    listed = world.data / "modules" / "modules.json"
    document = json.loads(listed.read_text())
    document["Modules"][1]["Dir"] = str(world.data / place)
    listed.write_text(json.dumps(document))
    with pytest.raises(Integrity, match="has module a in"):
        world.fetched()


def test_a_local_module_that_is_led_elsewhere_is_refused(world: World) -> None:
    world.get(b=world.source("b", "?ref=v1.0.0"))
    listed = world.data / "modules" / "modules.json"
    listed.write_text(listed.read_text().replace("/b/inner", "/a"))
    with pytest.raises(Integrity, match=r"has module b\.inner in"):
        world.fetched()


def test_a_list_of_modules_that_cannot_be_read_is_bad_input(world: World) -> None:
    world.get(a=world.source("a", "?ref=v1.0.0"))
    (world.data / "modules" / "modules.json").write_text('{"Modules": [{}]}')
    with pytest.raises(BadInput, match="list of modules cannot be read"):
        world.fetched()


@pytest.mark.parametrize("source", ['"${"./m"}"', 'true ? "./m" : "./n"', 'join("", ["./m"])', '"./${var.x}"'])
def test_a_source_that_is_an_expression_is_refused_with_its_place(world: World, source: str) -> None:
    world.get()
    stack = world.folder / "stack"
    (stack / "m").mkdir()
    (stack / "main.tf").write_text(f'\nmodule "a" {{\n  source = {source}\n}}\n')
    subprocess.run(["terraform", "get"], cwd=stack, env=world.environment, check=False, capture_output=True)
    with pytest.raises(BadInput, match="is not a plain string") as refused:
        world.fetched()
    assert refused.value.where == "stack/main.tf:2"


def test_a_local_module_behind_a_link_is_the_folder_that_it_leads_to(world: World) -> None:
    world.get()
    stack = world.folder / "stack"
    for name in ("real", "beside"):
        (world.folder / name).mkdir()
        (world.folder / name / "main.tf").write_text("")
    (world.folder / "real" / "main.tf").write_text('module "b" {\n  source = "../beside"\n}\n')
    (stack / "link").symlink_to("../real")
    (stack / "main.tf").write_text('module "a" {\n  source = "./link"\n}\n')
    subprocess.run(["terraform", "get"], cwd=stack, env=world.environment, check=True, capture_output=True)
    assert world.fetched()["a"].where == "stack/main.tf:1"
    listed = world.data / "modules" / "modules.json"
    listed.write_text(listed.read_text().replace("../real", "../beside"))
    with pytest.raises(Integrity, match="has module a in"):
        world.fetched()


def test_a_module_behind_a_link_inside_a_package_is_part_of_it(world: World) -> None:
    (world.modules / "b" / "main.tf").write_text('module "deep" {\n  source = "../a/folder/inner"\n}\n')
    world.release("v2.0.0")
    assert list(world.get(b=world.source("b", "?ref=v2.0.0"))) == ["b"]


def test_a_folder_that_is_a_link_inside_a_package_is_its_module(world: World) -> None:
    assert world.get(a=world.source("a/folder", "?ref=v1.0.0"))["a"].problem is None


def test_a_call_in_a_local_module_that_terraform_does_not_have_is_refused(world: World) -> None:
    world.get()
    stack = world.folder / "stack"
    (stack / "m").mkdir()
    (stack / "m" / "main.tf").write_text("")
    (stack / "main.tf").write_text('module "a" {\n  source = "./m"\n}\n')
    subprocess.run(["terraform", "get"], cwd=stack, env=world.environment, check=True, capture_output=True)
    assert list(world.fetched()) == ["a"]
    (stack / "m" / "main.tf").write_text(f'module "b" {{\n  source = "{world.source("a", "?ref=v1.0.0")}"\n}}\n')
    with pytest.raises(Integrity, match=r"a\.b is in stack/m/main.tf:1, but Terraform does not call it"):
        world.fetched()
    subprocess.run(["terraform", "get"], cwd=stack, env=world.environment, check=True, capture_output=True)
    assert (world.fetched()["a.b"].where, world.fetched()["a.b"].unpinned) == ("stack/m/main.tf:1", None)
    (stack / "m" / "main.tf").write_text("")
    with pytest.raises(Integrity, match=r"a\.b is called by Terraform"):
        world.fetched()


def with_submodule(world: World) -> None:
    other = world.folder / "other"
    other.mkdir()
    world.git("init", "-q", folder=other)
    world.git("commit", "-q", "--allow-empty", "-m", "x", folder=other)
    world.git("submodule", "--quiet", "add", str(other), "a/vendored")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (with_submodule, "submodules"),
        (lambda world: (world.modules / "a" / "out").symlink_to("../../elsewhere"), "leads out of the module"),
        (lambda world: (world.modules / "a" / "abs").symlink_to("/etc/hostname"), "leads out of the module"),
        (lambda world: (world.modules / "a" / "MAIN.tf").write_text("# other\n"), "where case is ignored"),
        (
            lambda world: [(world.modules / "a" / name).write_text("") for name in ("e\u0301.tf", "\u00e9.tf")],
            "where case is ignored",
        ),
    ],
    ids=["submodule", "link-out", "link-absolute", "case", "accent"],
)
def test_a_release_that_nothing_can_pin_is_told_by_its_reason(
    world: World, make: Callable[[World], object], why: str
) -> None:
    make(world)
    world.release("v2.0.0")
    (world.folder / ".gitconfig").write_text('[protocol "file"]\n\tallow = always\n')
    found = world.get(a=world.source("a", "?ref=v2.0.0"))
    assert why in (found["a"].problem or "")


def test_a_clone_at_another_commit_than_the_pinned_one_is_not_locked(world: World) -> None:
    first = world.git("rev-parse", "HEAD")
    second = world.release()
    world.get(a=world.source("a", f"?ref={first}"))
    (world.data / "modules" / "a" / ".git" / "HEAD").write_text(f"{second}\n")
    assert f"is at {second}" in (world.fetched()["a"].problem or "")


@pytest.fixture
def fetched_twice(world: World) -> tuple[World, module_lock.ModuleLock]:
    """A clone (a) and its copy (b), locked."""
    calls = {"a": world.source("a", "?ref=v1.0.0"), "b": world.source("b", "?ref=v1.0.0")}
    return world, module_lock.of_fetched({STACK: world.get(**calls).values()})


def states(world: World, lock: module_lock.ModuleLock) -> dict[str, str]:
    return {state.module: state.state for state in module_states.verified(lock, world.fetched().values(), STACK)}


def test_a_copy_of_a_clone_is_ok_without_the_names_that_begin_with_a_dot(
    fetched_twice: tuple[World, module_lock.ModuleLock],
) -> None:
    world, lock = fetched_twice
    assert (world.data / "modules" / "a" / "a" / ".hidden").exists()
    assert not (world.data / "modules" / "b" / "a" / ".hidden").exists()
    assert states(world, lock) == {"a": "ok", "b": "ok"}


@pytest.mark.parametrize("name", [".hidden", ".new", ".folder/x", "b/.git"])
@pytest.mark.parametrize("call", ["a", "b"])
def test_a_name_that_begins_with_a_dot_is_content(
    fetched_twice: tuple[World, module_lock.ModuleLock], call: str, name: str
) -> None:
    world, lock = fetched_twice
    file = world.data / "modules" / call / "a" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("other")
    assert states(world, lock)[call] == "tampered"


def test_a_file_that_begins_with_a_dot_and_is_gone_is_content(
    fetched_twice: tuple[World, module_lock.ModuleLock],
) -> None:
    world, lock = fetched_twice
    (world.data / "modules" / "a" / "a" / ".hidden").unlink()
    assert states(world, lock)["a"] == "tampered"


@pytest.mark.parametrize("call", ["a", "b"])
@pytest.mark.parametrize(
    ("harm", "names"),
    [
        (lambda package: (package / "a" / "main.tf").write_text("# other\n"), ("a/main.tf",)),
        (lambda package: (package / "b" / "more.tf").write_text(""), ("b/more.tf",)),
        (lambda package: (package / "a" / "run.sh").chmod(0o644), ("a/run.sh",)),
        (lambda package: (package / "a" / "link").unlink(), ("a/link",)),
        (lambda _package: None, ()),
    ],
    ids=["content", "new", "mode", "gone", "nothing"],
)
def test_the_files_that_differ_from_the_commit_are_named(
    fetched_twice: tuple[World, module_lock.ModuleLock],
    harm: Callable[[Path], object],
    names: tuple[str, ...],
    call: str,
) -> None:
    world, lock = fetched_twice
    harm(world.data / "modules" / call)
    commit = lock.pins[0].commit or ""
    assert module_checkouts.changed_files(world.data, call, commit) == names


ATTRIBUTES = "*.tf text eol=crlf\n*.txt filter=shout\n*.id ident\n*.w working-tree-encoding=UTF-16\n"


def configured(world: World, *settings: str) -> None:
    (world.folder / ".gitconfig").write_text("".join(settings))


@pytest.mark.parametrize(
    "setting",
    [
        "[core]\n\tautocrlf = true\n",
        "[core]\n\tautocrlf = input\n\teol = crlf\n",
        '[filter "shout"]\n\tsmudge = tr a-z A-Z\n\trequired = true\n',
        "[core]\n\tsymlinks = false\n",
        "[core]\n\thooksPath = {hooks}\n",
        "[core]\n\tattributesFile = {attributes}\n",
        "[init]\n\ttemplateDir = {hooks}\n",
        "[clone]\n\tdefaultRemoteName = upstream\n",
    ],
    ids=["autocrlf", "eol", "filter", "links", "hooks", "attributes", "template", "remote"],
)
def test_the_bytes_of_a_commit_are_fetched_whatever_git_is_configured_to_do(world: World, setting: str) -> None:
    for name, text in (("x.txt", "words\n"), ("x.id", "$Id$\n"), ("x.w", "wide\n"), (".gitattributes", ATTRIBUTES)):
        (world.modules / "a" / name).write_text(text)
    world.release("v2.0.0")
    lock = module_lock.of_fetched({STACK: world.get(a=world.source("a", "?ref=v2.0.0")).values()})
    hooks, attributes = world.folder / "hooks", world.folder / "attributes"
    hooks.mkdir()
    (hooks / "post-checkout").write_text("#!/bin/sh\ntouch a/hooked.tf\n")
    (hooks / "post-checkout").chmod(0o755)
    attributes.write_text("* text eol=crlf\n")
    configured(world, setting.format(hooks=hooks, attributes=attributes))
    found = world.get(a=world.source("a", "?ref=v2.0.0"))["a"]
    assert module_lock.of_fetched({STACK: [found]}) == lock
    fetched = world.data / "modules" / "a" / "a"
    assert {file.name: file.read_bytes() for file in fetched.iterdir() if file.is_file()} == {
        file.name: file.read_bytes() for file in (world.modules / "a").iterdir() if file.is_file()
    }


NAMES = st.text('ab"\\,:[]\n é', min_size=1, max_size=3).filter(lambda name: name.strip("."))
TREES = st.dictionaries(
    NAMES, st.tuples(st.sampled_from(("file", "program", "link")), st.text("ab\n,", max_size=3)), max_size=3
)


@settings(max_examples=60, deadline=None)
@given(TREES, TREES)
def test_two_trees_have_one_digest_only_when_they_are_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    one: dict[str, tuple[str, str]],
    other: dict[str, tuple[str, str]],
) -> None:
    digests = [digest(tmp_path_factory.mktemp("tree"), tree) for tree in (one, other)]
    assert (digests[0] == digests[1]) is (one == other)


def digest(folder: Path, tree: dict[str, tuple[str, str]]) -> str:
    for name, (kind, content) in tree.items():
        if kind == "link":
            (folder / name).symlink_to(f"t{content}")
        else:
            (folder / name).write_text(content)
            (folder / name).chmod(0o755 if kind == "program" else 0o644)
    return package_content.read(folder).tree
