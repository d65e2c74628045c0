from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.adapters.local import tree_digest
from infragate.adapters.modules import module_agreement, module_list, package_content
from infragate.domain.errors import BadInput


def made(root: Path, files: dict[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    root.mkdir(exist_ok=True)
    return root


def digest(*folders: Path, leave_out: tuple[Path, ...] = ()) -> str:
    return tree_digest.digest(folders, relative_to=folders[0].parent, leave_out=leave_out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path / "here" / "dev", {"main.tf": "a", "sub/x.tf": "b"})


def test_the_digest_does_not_depend_on_where_the_checkout_lies(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "with space" / "dev"
    shutil.copytree(folder, other)
    assert digest(other) == digest(folder)


def test_the_order_of_folders_does_not_count(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one", {"x": "1"}), made(tmp_path / "two", {"x": "2"})
    assert digest(one, two) == digest(two, one)


def test_a_folder_that_is_named_twice_counts_once(folder: Path) -> None:
    assert digest(folder, folder) == digest(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "main.tf").write_text("A"),
        lambda root: (root / "main.tf").rename(root / "Main.tf"),
        lambda root: (root / "main.tf").unlink(),
        lambda root: (root / "new.tf").touch(),
        lambda root: (root / ".hidden").touch(),
        lambda root: (root / "main.tf").chmod(0o755),
        lambda root: (root / "sub" / "x.tf").rename(root / "x.tf"),
        lambda root: (root / "link").symlink_to("main.tf"),
    ],
    ids=["content", "name", "gone", "new", "hidden", "executable", "moved", "link"],
)
def test_every_change_of_a_file_changes_the_digest(folder: Path, change: object) -> None:
    before = digest(folder)
    assert callable(change)
    change(folder)
    assert digest(folder) != before


def test_a_link_counts_by_where_it_points(folder: Path) -> None:
    link = folder / "link"
    link.symlink_to("main.tf")
    before = digest(folder)
    link.unlink()
    link.symlink_to("sub/x.tf")
    assert digest(folder) != before


@pytest.mark.parametrize("target", ["../shared", "../shared/deploy.sh"], ids=["folder", "file"])
def test_what_a_link_shows_counts_as_well(folder: Path, target: str) -> None:
    script = made(folder.parent / "shared", {"deploy.sh": "one"}) / "deploy.sh"
    (folder / "link").symlink_to(target)
    before = digest(folder)
    script.write_text("two")
    assert digest(folder) != before


def test_a_link_out_of_the_checkout_is_not_read(folder: Path) -> None:
    outside = made(folder.parent.parent / "elsewhere", {"x": "1"})
    (folder / "link").symlink_to(outside)
    (folder / "endless").symlink_to("/dev/zero")
    before = digest(folder)
    (outside / "x").write_text("2")
    assert digest(folder) == before


def test_links_that_show_each_other_end(folder: Path) -> None:
    for here, there in (("sub", "other"), ("other", "sub")):
        (folder / here).mkdir(exist_ok=True)
        (folder / here / "link").symlink_to(f"../{there}")
    assert digest(folder) == digest(folder)


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(BadInput, match="not a regular file"):
        digest(folder)


def test_a_link_is_not_the_file_that_it_shows(folder: Path) -> None:
    (folder / "link").symlink_to("main.tf")
    as_link = digest(folder)
    (folder / "link").unlink()
    shutil.copy(folder / "main.tf", folder / "link")
    assert digest(folder) != as_link


def test_a_link_to_nowhere_and_one_to_a_folder_above_are_read(folder: Path) -> None:
    (folder / "nowhere").symlink_to("/no/such/file")
    (folder / "up").symlink_to("..")
    assert len(digest(folder)) == 64


@pytest.mark.parametrize(
    "leftover", [".terraform/providers/x", "terraform.tfstate", "errored.tfstate", "crash.log", ".git/HEAD"]
)
def test_what_terraform_and_git_leave_does_not_count(folder: Path, leftover: str) -> None:
    before = digest(folder)
    made(folder, {leftover: "x"})
    assert digest(folder) == before


def test_a_file_that_is_left_out_does_not_count(folder: Path) -> None:
    before = digest(folder)
    made(folder, {"tf.plan": "x"})
    assert digest(folder, leave_out=(folder / "tf.plan",)) == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "b"}, {"ab": ""}),
        ({"a": "", "b": ""}, {"a": "b"}),
        ({"a b": "c"}, {"a": "b c"}),
        ({"a\nb": ""}, {"a": "", "b": ""}),
        ({'a","file': ""}, {"a": "file"}),
        ({"a/b": ""}, {"b": "", "a": ""}),
    ],
)
def test_names_and_contents_cannot_be_mistaken_for_each_other(
    tmp_path: Path, one: dict[str, str], other: dict[str, str]
) -> None:
    first, second = made(tmp_path / "1" / "r", one), made(tmp_path / "2" / "r", other)
    assert digest(first) != digest(second)


def test_a_name_that_is_no_text_is_read(folder: Path) -> None:
    before = digest(folder)
    Path(f"{folder}/\udcff.tf").touch()
    assert digest(folder) != before


_TREES = st.dictionaries(st.text("ab \n\"',[]", min_size=1, max_size=4), st.text("ab\n", max_size=3), max_size=3)


@given(one=_TREES, other=_TREES)
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_trees_have_one_digest_exactly_when_they_are_equal(
    tmp_path: Path, one: dict[str, str], other: dict[str, str]
) -> None:
    digests = []
    for files in (one, other):
        shutil.rmtree(tmp_path / "r", ignore_errors=True)
        digests.append(digest(made(tmp_path / "r", files)))
    assert (digests[0] == digests[1]) is (one == other)


def test_a_folder_that_is_not_there_is_bad_input_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        digest(tmp_path / "nowhere")
    assert caught.value.where == str(tmp_path / "nowhere")


# What init resolved.


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return made(tmp_path / "data", {})


def listed(data: Path, *entries: dict[str, str]) -> None:
    made(data, {"modules/modules.json": json.dumps({"Modules": list(entries)})})


ROOT = {"Key": "", "Source": "", "Dir": "."}
FETCHED = {"Key": "alb", "Source": "git::https://x/infra.git//modules/alb?ref=v1", "Version": "1.0.0"}


def test_without_a_list_there_are_no_modules(data: Path, tmp_path: Path) -> None:
    assert module_list.resolved(data, tmp_path / "dev") == (None, ())


def test_a_list_of_the_stack_alone_is_no_module(data: Path, tmp_path: Path) -> None:
    listed(data, ROOT)
    assert module_list.resolved(data, tmp_path / "dev") == (None, ())


def test_what_a_failed_init_left_does_not_count(data: Path, tmp_path: Path) -> None:
    listed(data, ROOT, {**FETCHED, "Dir": str(data / "modules" / "alb" / "part")})
    made(data, {"modules/alb/part/main.tf": "a", "modules/alb/other.tf": "b"})
    before = module_list.resolved(data, tmp_path)[0]
    made(data, {"modules/gone/main.tf": "c"})
    assert module_list.resolved(data, tmp_path)[0] == before
    made(data, {"modules/alb/other.tf": "d"})
    assert module_list.resolved(data, tmp_path)[0] != before


def test_a_local_module_is_a_folder_to_look_at(data: Path, tmp_path: Path) -> None:
    listed(data, ROOT, {"Key": "m", "Source": "../../modules/m", "Dir": "../modules/m"})
    digest_, local = module_list.resolved(data, tmp_path / "dev")
    assert local == (tmp_path / "modules" / "m",)
    assert digest_ is not None


def test_a_fetched_module_counts_by_its_files(data: Path, tmp_path: Path) -> None:
    stack = tmp_path / "dev"
    listed(data, ROOT, {**FETCHED, "Dir": str(data / "modules" / "alb")})
    made(data, {"modules/alb/main.tf": "a"})
    before, local = module_list.resolved(data, stack)
    made(data, {"modules/alb/main.tf": "b"})
    assert local == ()
    assert module_list.resolved(data, stack)[0] != before


@pytest.mark.parametrize("name", ["Key", "Source", "Version"])
def test_a_module_counts_by_what_the_list_says(data: Path, tmp_path: Path, name: str) -> None:
    entry = {**FETCHED, "Dir": str(data / "modules" / "alb")}
    listed(data, entry)
    before = module_list.resolved(data, tmp_path)[0]
    listed(data, {**entry, name: "other"})
    assert module_list.resolved(data, tmp_path)[0] != before


def test_the_order_of_the_list_does_not_count(data: Path, tmp_path: Path) -> None:
    one, two = ({**FETCHED, "Key": key, "Dir": str(data / "modules" / key)} for key in ("a", "b"))
    listed(data, one, two)
    before = module_list.resolved(data, tmp_path)[0]
    listed(data, two, one)
    assert module_list.resolved(data, tmp_path)[0] == before


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"Modules": [7]}', b'{"Modules": [{"Key": "a"}]}', b"\xff"])
def test_a_list_that_cannot_be_read_is_bad_input(data: Path, tmp_path: Path, text: bytes) -> None:
    listed(data)
    (data / "modules" / "modules.json").write_bytes(text)
    with pytest.raises(BadInput, match="list of modules cannot be read"):
        module_list.resolved(data, tmp_path)


def stale(data: Path, stack: Path) -> bool:
    """Whether what was fetched is dropped before `init`."""
    module_agreement.forget_stale(data, stack, root=stack.parent)
    return not (data / "modules").exists()


CALL = 'module "{}" {{\n  source = "git::https://x/infra.git//modules/alb?ref={}"\n}}\n'


@pytest.mark.parametrize(
    ("code", "dropped"),
    [
        (CALL.format("alb", "v1"), False),
        ("", True),
        (CALL.format("alb", "v1") + CALL.format("new", "v1"), True),
        (CALL.format("other", "v1"), True),
        (CALL.format("alb", "v2"), True),
    ],
    ids=["same", "last call removed", "call added", "call renamed", "other release"],
)
def test_a_list_of_other_calls_than_the_code_has_is_dropped_before_init(
    data: Path, tmp_path: Path, code: str, dropped: bool
) -> None:
    stack = made(tmp_path / "dev", {"main.tf": code})
    made(data, {"modules/alb/modules/alb/main.tf": ""})
    listed(data, ROOT, {**FETCHED, "Dir": str(data / "modules" / "alb" / "modules" / "alb")})
    assert stale(data, stack) is dropped


def test_a_list_of_an_old_path_is_dropped_before_init(data: Path, tmp_path: Path) -> None:
    stack = made(tmp_path / "dev", {"main.tf": CALL.format("alb", "v1")})
    listed(data, ROOT, {**FETCHED, "Dir": str(tmp_path / "old" / "modules" / "alb")})
    assert stale(data, stack)


def test_an_empty_list_of_submodules_is_no_problem(tmp_path: Path) -> None:
    package = made(tmp_path / "package", {".gitmodules": "", "main.tf": ""})
    assert package_content.read(package).problem is None
