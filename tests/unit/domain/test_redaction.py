from __future__ import annotations

import json
from typing import Any

import pytest
from ahocorasick_rs import BytesAhoCorasick
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.neutral import plain, without_commands
from infragate.domain.redaction import SENSITIVE, Masker, mask_marks_something, redact

SECRET = "hunter2-do-not-show"


@pytest.mark.parametrize("mask", [None, False, {}, []])
def test_an_empty_mask_hides_nothing(mask: object) -> None:
    assert redact({"a": SECRET}, mask) == {"a": SECRET}


def test_a_mark_hides_all() -> None:
    assert redact({"a": SECRET}, True) == SENSITIVE


def test_a_mark_inside_hides_only_its_place() -> None:
    value, mask = {"a": [{"b": SECRET, "c": 1}], "d": 2}, {"a": [{"b": True}]}
    assert redact(value, mask) == {"a": [{"b": SENSITIVE, "c": 1}], "d": 2}


def test_a_mask_may_be_shorter_than_its_list() -> None:
    assert redact([SECRET, "x"], [True]) == [SENSITIVE, "x"]


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        (SECRET, {"a": True}),
        ([SECRET], {"a": True}),
        ({"a": SECRET}, [True]),
        ([SECRET], [False, True]),
        (SECRET, "true"),
        (SECRET, 1),
        (SECRET, 0),
    ],
)
def test_a_mask_of_another_shape_hides_all(value: object, mask: object) -> None:
    assert redact(value, mask) == SENSITIVE


def test_a_marked_null_does_not_say_that_it_is_null() -> None:
    assert redact(None, True) == SENSITIVE


@pytest.mark.parametrize(
    ("mask", "marks"),
    [
        (None, False),
        (False, False),
        ({"a": [False, {}]}, False),
        (True, True),
        ({"a": [False, {"b": True}]}, True),
        ({"a": "what"}, True),
        (0, True),
    ],
)
def test_a_mask_marks_something_when_anything_inside_is_not_false(mask: object, marks: bool) -> None:
    assert mask_marks_something(mask) is marks


_MASKS = st.recursive(
    st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def secret_everywhere(mask: Any) -> Any:
    """A value of the mask's shape whose every marked place is the secret."""
    if isinstance(mask, dict):
        return {key: secret_everywhere(entry) for key, entry in mask.items()}
    if isinstance(mask, list):
        return [secret_everywhere(entry) for entry in mask]
    return SECRET if mask else "open"


@given(_MASKS)
@examples(100)
def test_exactly_what_a_mask_marks_is_hidden(mask: Any) -> None:
    value = secret_everywhere(mask)
    assert redact(value, mask) == json.loads(json.dumps(value).replace(SECRET, SENSITIVE))


# Known values.


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    assert Masker([SECRET]).mask(f"a={SECRET}&b={SECRET}") == "a=***&b=***"


def test_a_secret_that_holds_another_is_hidden_whole() -> None:
    assert Masker(["abcdefgh", "abcdefgh12345678"]).mask("abcdefgh12345678") == "***"


@pytest.mark.parametrize("short", ["", "a", "1234567", None])
def test_a_short_value_is_no_secret(short: str | None) -> None:
    masker = Masker()
    masker.add(short)
    assert masker.mask("a 1234567") == "a 1234567"


@pytest.mark.parametrize("secret", ['with"quote', "back\\slash", "two\nlines here", "tab\tulator", "geheim-ü€-x"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_secret_is_hidden_in_json_too(secret: str, ascii_only: bool) -> None:
    text = json.dumps({"key": f"before {secret} after"}, ensure_ascii=ascii_only)
    assert json.loads(Masker([secret]).mask(text)) == {"key": "before *** after"}


@given(
    secrets=st.lists(st.text("abcXYZ019/+=", min_size=8, max_size=20), min_size=1, max_size=4),
    between=st.text(st.characters(exclude_characters="*"), max_size=10),
)
@examples(100)
def test_no_known_secret_is_left_in_a_text(secrets: list[str], between: str) -> None:
    masked = Masker(secrets).mask(between.join(["", *secrets, ""]))
    assert not [secret for secret in secrets if secret in masked]


@given(st.lists(st.text(st.sampled_from("abc12"), min_size=8, max_size=12), min_size=1, max_size=12), st.booleans())
@examples(50)
def test_secrets_learned_one_after_the_other_are_hidden_as_if_all_were_known(secrets: list[str], large: bool) -> None:
    text = "|".join(secrets) + (" " * 70_000 if large else "")
    learning = Masker()
    for secret in secrets:
        learning.add(secret)
        assert learning.mask(secret) != secret
    assert learning.mask(text) == Masker(secrets).mask(text)


def test_a_session_more_costs_no_search_for_the_keys_of_all_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []

    def build(forms: list[bytes]) -> BytesAhoCorasick:
        built.append(len(forms))
        return BytesAhoCorasick(forms)

    monkeypatch.setattr("infragate.domain.redaction.BytesAhoCorasick", build)
    masker = Masker()
    for number in range(128):
        masker.add(f"a-session-token-{number:08}")
        masker.mask("a line of progress")
    once = Masker(f"a-session-token-{number:08}" for number in range(128))
    before = sum(built)
    once.mask("a line of progress")
    assert before <= 10 * built[-1]


# Text of foreign programs.


@pytest.mark.parametrize(
    ("given_text", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\rb", "ab"),
        ("a\x00\x07\x9b\x7fb", "ab"),
        ("a\u202eb\u2066c", "abc"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("한국어 ✓", "한국어 ✓"),
    ],
)
def test_terminal_escapes_and_control_characters_go(given_text: str, left: str) -> None:
    assert plain(given_text) == left


@given(st.text(st.sampled_from("a\x1b[]0m;\x07\\\x9b\n\r:\u202e"), max_size=20))
@examples(200)
def test_no_escape_is_left_and_none_is_made(text: str) -> None:
    cleaned = plain(text)
    assert not set(cleaned) & set("\x1b\x07\x9b\r\u202e")
    assert plain(cleaned) == cleaned


@pytest.mark.parametrize(
    "command", ["::error::x", "  ::add-mask::x", "\t::set-output name=a::b", "a\n::stop-commands::x"]
)
def test_a_log_command_of_github_is_made_harmless(command: str) -> None:
    assert not any(line.lstrip().startswith("::") for line in without_commands(command).split("\n"))


def test_the_old_form_of_a_command_is_harmless_anywhere_in_a_line() -> None:
    assert "##[" not in without_commands("text ##[error]x ##[group]y")


def test_ordinary_text_stays_as_it_is() -> None:
    assert without_commands("arn:aws:iam::111111111111:role/x\nstd::string") == (
        "arn:aws:iam::111111111111:role/x\nstd::string"
    )


@given(st.text(st.sampled_from(":#[ a\n\t"), max_size=20))
@examples(200)
def test_no_text_is_left_with_a_command(text: str) -> None:
    harmless = without_commands(text)
    assert "##[" not in harmless
    assert not any(line.lstrip().startswith("::") for line in harmless.split("\n"))
