from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.unit import projects
from tests.unit.examples import examples
from tests.unit.projects import DEV

from infragate.adapters.local import environments_file
from infragate.domain.errors import BadInput

TEXT = yaml.safe_dump(projects.document(), sort_keys=False)


def checkout(root: Path, content: str | bytes = TEXT) -> Path:
    path = root / "infra" / "environments.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def complaint(root: Path, content: str | bytes) -> BadInput:
    with pytest.raises(BadInput) as caught:
        environments_file.load(checkout(root, content))
    return caught.value


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.fixture(autouse=True)
def no_chosen_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFRAGATE_ROOT", raising=False)


def test_the_shipped_file_is_good() -> None:
    assert environments_file.load(projects.ROOT).names == ("dev", "stg", "prod")


def test_a_file_becomes_a_project(tmp_path: Path) -> None:
    assert environments_file.load(checkout(tmp_path)) == projects.typed()


def test_the_shipped_file_uses_both_front_doors_and_names_owners() -> None:
    doors = environments_file.load(projects.ROOT).front_doors
    assert None not in (doors.atlantis, doors.owners)


def test_what_a_checkout_says_is_read_from_it_whatever_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path / "checkout", TEXT.replace("team-fileflow", "team-new"))
    monkeypatch.setenv("INFRAGATE_TRUSTED_ROOT", str(checkout(tmp_path / "trusted")))
    assert environments_file.load(root).owner == "team-fileflow"
    assert environments_file.of_checkout(root).owner == "team-new"


def test_a_text_becomes_a_project_and_its_errors_have_lines() -> None:
    assert environments_file.of_text(TEXT, file="infra/environments.yaml") == projects.typed()
    with pytest.raises(BadInput) as caught:
        environments_file.of_text(TEXT.replace("org:", "orgg:"), file="base")
    assert caught.value.where == "base:2"
    with pytest.raises(BadInput, match="larger than"):
        environments_file.of_text(TEXT + "#" * 2**18, file="base")


def test_the_checkout_is_the_nearest_folder_upwards(tmp_path: Path) -> None:
    checkout(tmp_path)
    inner = checkout(tmp_path / "inner") / "infra" / "envs"
    inner.mkdir()
    assert environments_file.find_root(inner) == tmp_path / "inner"


def test_without_a_file_above_there_is_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no infra/environments\.yaml in this folder or above it") as caught:
        environments_file.find_root(tmp_path)
    assert caught.value.where == str(tmp_path)


def test_a_chosen_root_wins_over_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout(tmp_path / "here")
    monkeypatch.setenv("INFRAGATE_ROOT", str(checkout(tmp_path / "chosen")))
    assert environments_file.find_root(tmp_path / "here") == tmp_path / "chosen"


def test_a_chosen_root_without_the_file_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFRAGATE_ROOT", str(tmp_path / "chosen"))
    with pytest.raises(BadInput, match="INFRAGATE_ROOT"):
        environments_file.find_root(checkout(tmp_path / "here"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1,\n  b: {]\n", 2),
        ("a: 1\n  b: 2\n", 2),
        ("a: 1\nb: @x\n", 2),
        ("a: !!python/object/apply:os.system [id]\n", 1),
        ("a: *nowhere\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
    ],
)
def test_broken_yaml_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    error = complaint(tmp_path, text)
    assert error.message.startswith("not valid YAML")
    assert error.where == f"infra/environments.yaml:{line}"


def test_an_alias_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="aliases") as caught:
        environments_file.load(checkout(tmp_path, "schema_version: 1\norg: &a [x]\nservice: *a\n"))
    assert caught.value.where == "infra/environments.yaml:3"


def test_a_key_that_stands_twice_is_an_error_at_the_second(tmp_path: Path) -> None:
    text = TEXT.replace("  prod:", "  dev:")
    error = complaint(tmp_path, text)
    assert "the key 'dev' is repeated" in error.message
    assert error.where == f"infra/environments.yaml:{text.splitlines().index('  dev:', line_of(text, '  dev:')) + 1}"


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe", "a: \x07\n", "a: 2026-13-45\n", "? [a, b]\n: c\n", "? {a: b}\n: c\n", "a: !!int x\n", "a: !!bool x\n",
     "[" * 800],
    ids=["bytes", "bell", "date", "list-key", "map-key", "int", "bool", "deep"],
)  # fmt: skip
def test_what_yaml_cannot_read_is_bad_input(tmp_path: Path, text: str | bytes) -> None:
    assert (complaint(tmp_path, text).where or "").startswith("infra/environments.yaml")


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "text\n", "7\n"])
def test_a_file_that_holds_no_settings_is_bad_input_at_its_first_line(tmp_path: Path, text: str) -> None:
    error = complaint(tmp_path, text)
    assert error.message.startswith("the file: ")
    assert error.where == "infra/environments.yaml:1"


def test_a_file_that_may_not_be_read_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "infra" / "environments.yaml").mkdir(parents=True)
    with pytest.raises(BadInput, match="cannot read environments"):
        environments_file.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "words", "at"),
    [
        (lambda d: d.update(schema_version=2), "schema_version: 1 was expected", "schema_version"),
        (lambda d: d.update(region="Seoul"), "region: 'Seoul' does not have the form", "region"),
        (lambda d: d["github"].update(owner_id="x"), "github.owner_id: 'x' is not of type 'integer'", "owner_id"),
        (lambda d: d["state"].update(lock="file"), "state.lock: 'file' is not one of", "lock: "),
        (lambda d: d["state"].update(noncurrent_days=1), "state.noncurrent_days: 1 is less than", "noncurrent_days"),
        (
            lambda d: d["environments"]["dev"].update(account_id="1"),
            "environments.dev.account_id: '1' does not have the form",
            "account_id: '1'",
        ),
        (
            lambda d: d["callers"].update(break_glass_principals=["arn:aws:iam::999999999999:user/a", "kim"]),
            "callers.break_glass_principals.1: 'kim' does not have the form",
            "- kim",
        ),
        (lambda d: d["environments"]["dev"].update(directory="../x"), "environments.dev.directory", "directory"),
        (lambda d: d["github"].update(host="a/b"), "github.host: 'a/b' does not have the form", "host"),
        (lambda d: d.update(atlantis={"url": "http://a"}), "atlantis.url: 'http://a' does not have the form", "url"),
        (
            lambda d: d.update(atlantis={"url": "https://a", "branch": "a b"}),
            "atlantis.branch: 'a b' does not have the form",
            "branch",
        ),
        (lambda d: d.update(actions={"apply": True}), "unknown key 'actions'", "actions"),
        (
            lambda d: d.update(owners={"platform": ["@a/b"], "security": ["c d"]}),
            "owners.security.0: 'c d' does not have the form",
            "- c d",
        ),
    ],
    ids="version region type choice range account list way-out host url branch actions owner".split(),
)
def test_a_setting_that_is_not_as_the_schema_says_is_named_with_its_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str, at: str
) -> None:
    document = projects.document()
    change(document)
    text = yaml.safe_dump(document, sort_keys=False)
    error = complaint(tmp_path, text)
    assert words in error.message
    assert error.where == f"infra/environments.yaml:{line_of(text, at)}"


def test_a_missing_setting_is_named_at_the_line_of_what_lacks_it(tmp_path: Path) -> None:
    document = projects.document()
    del document["github"]["owner_id"]
    text = yaml.safe_dump(document, sort_keys=False)
    error = complaint(tmp_path, text)
    assert error.message == "github: 'owner_id' is a required property"
    assert error.where == f"infra/environments.yaml:{line_of(text, 'github:')}"


def test_a_mistyped_setting_gets_the_nearest_name(tmp_path: Path) -> None:
    error = complaint(tmp_path, TEXT.replace("lock_table:", "lock_tabel:"))
    assert error.fix == "did you mean lock_table?"


def test_a_number_in_the_place_of_text_gets_the_advice_to_quote_it(tmp_path: Path) -> None:
    text = TEXT.replace(f"'{DEV}'", DEV)
    error = complaint(tmp_path, text)
    assert (error.where, error.fix) == (
        f"infra/environments.yaml:{line_of(text, DEV)}",
        "put the value in quotes",
    )


@pytest.mark.parametrize("name", ["1", "true", "null", "2026-01-01", "1.5"])
def test_an_environment_whose_name_is_no_text_is_bad_input(tmp_path: Path, name: str) -> None:
    error = complaint(tmp_path, TEXT.replace("  dev:", f"  {name}:"))
    assert error.message.startswith("environments: ")


@pytest.mark.parametrize("name", ["Dev", "dev_1", "-dev", "d" * 17, "../dev", "dev\\n", "''"])
def test_an_environment_with_a_hostile_name_is_bad_input(tmp_path: Path, name: str) -> None:
    error = complaint(tmp_path, TEXT.replace("  dev:", f'  "{name}":' if "\\" in name else f"  {name}:"))
    assert error.message.startswith("environments: ")


def test_a_line_break_at_the_end_of_a_value_is_bad_input(tmp_path: Path) -> None:
    document = projects.document()
    document["environments"]["dev"]["account_id"] = f"{DEV}\n"
    assert "does not have the form" in complaint(tmp_path, yaml.safe_dump(document)).message


def test_two_environments_in_one_account_are_bad_input(tmp_path: Path) -> None:
    assert "share account" in complaint(tmp_path, TEXT.replace("'333333333333'", f"'{DEV}'")).message


def test_an_unknown_environment_gets_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        environments_file.load(checkout(tmp_path)).environment("prot")
    assert (caught.value.where, caught.value.fix) == ("infra/environments.yaml", "did you mean --env prod?")


_PLACES = [(), ("state",), ("github",), ("callers",), ("environments",), ("environments", "dev")]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.integers() | st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(place=st.sampled_from(_PLACES), data=st.data(), value=_VALUES)
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_of_any_setting_is_either_a_project_or_bad_input_with_a_line(
    tmp_path: Path, place: tuple[str, ...], data: st.DataObject, value: object
) -> None:
    document = projects.document()
    inside: dict[Any, Any] = document
    for part in place:
        inside = inside[part]
    inside[data.draw(st.sampled_from([*inside, "other", 7]))] = value
    try:
        environments_file.load(checkout(tmp_path, yaml.safe_dump(document)))
    except BadInput as error:
        assert (error.where or "").startswith("infra/environments.yaml")


@given(st.text(st.sampled_from("ab: -[]{}\n#&*!|>'\"?%@`\t"), max_size=30))
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_bad_input_and_never_a_crash(tmp_path: Path, text: str) -> None:
    assert complaint(tmp_path, text).fix


def test_every_setting_that_is_wrong_is_listed_in_the_order_of_lines(tmp_path: Path) -> None:
    text = TEXT.replace("org: acme", "orgg: acme\nowwner: x", 1).replace(f"'{DEV}'", DEV, 1)
    error = complaint(tmp_path, text)
    lines = [finding.line or 0 for finding in error.findings]
    messages = {finding.message for finding in error.findings}
    assert lines == sorted(lines)
    assert {"the file: unknown key 'orgg'", "the file: unknown key 'owwner'"} < messages
    assert any("account_id" in message for message in messages)
    assert error.message.endswith(f"(and {len(error.findings) - 1} more)")
