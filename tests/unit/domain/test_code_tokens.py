"""Text is read by the rules of Terraform's own scanner; what it refuses, or what is not understood, is unreadable."""

from __future__ import annotations

import pytest

from infragate.domain.terraform import code_blocks, code_tokens
from infragate.domain.terraform.code_tokens import Unreadable


def texts(code: str) -> list[str]:
    return [token.text for token in code_tokens.of_file(code) if token.kind == "text"]


def names(code: str) -> list[str]:
    return [token.text for token in code_tokens.of_file(code) if token.kind == "name"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('"a"', ["a"]),
        (r'"\"\\\n\u0041\U00000042"', ['"\\\nAB']),
        ('"$${a} %%{b} $ % $a"', ["${a} %{b} $ % $a"]),
        ('"$$${a}"', ["$${a}"]),
        ('"${a}b${"c"}"', ["b", "c"]),
        ("<<E\na\nb\nE\n", ["a\n", "b\n"]),
        ("<<E\nE x\n  E\n", ["E x\n"]),
        ("<<-E\n  a\n\u00a0E\u2003\r\n", ["  a\n"]),  # Go trims these spaces, too
        ("<<E\na\n\x1cE\nE\n", ["a\n", "\x1cE\n"]),  # and not this one
        ("<<E\n${a}E\nE\n", ["E\n"]),  # after an interpolation a line is no end
        ("<<E\n$${a}\\n\nE\n", ["${a}\\n\n"]),
        ("<<A\n${<<B\nb\nB\n}\nA\n", ["b\n", "\n"]),
    ],
)
def test_strings_have_terraform_s_own_value(code: str, text: list[str]) -> None:
    assert texts(f"x = {code}") == text


@pytest.mark.parametrize(
    "code",
    ["# a\nb", "// a\nb", "/* a\n */ b", "/* /* */ b", "/**/b", "b # a", "\ufeffb"],
)
def test_comments_and_a_byte_order_mark_are_no_code(code: str) -> None:
    assert names(code) == ["b"]


@pytest.mark.parametrize("code", ["# b", '"a # b"', '"a /* b"', "<<E\n// a\nE\n"])
def test_a_sign_of_a_comment_in_a_string_is_text(code: str) -> None:
    assert names(f"x = {code}\ny = 1\n")[-1] == "y"


@pytest.mark.parametrize(
    "code",
    [
        '"a\nb"',
        '"a',
        '"\\q"',
        '"\\UFFFFFFFF"',
        "<<E\na\n",
        "<<E",
        "/* a",
        "(]",
        "(",
        ")",
        "`a`",
        "a;b",
        "'a'",
        "a & b",
        "\x00",
    ],
)
def test_what_terraform_refuses_is_unreadable(code: str) -> None:
    with pytest.raises(Unreadable):
        code_tokens.of_file(f"x = {code}\n")


@pytest.mark.parametrize("text", ["${", "%{ if a }${b", "${a}}${", '${"}'])
def test_a_broken_template_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        code_tokens.of_template(text)


def test_text_that_could_take_long_is_read_at_once() -> None:
    for text in (" " * 100_000 + "\x00", "/*" * 50_000, '"' + "$" * 100_000, "<<E\n" * 20_000, "(" * 100_000):
        with pytest.raises(Unreadable):
            code_tokens.of_file(f"x = {text}")


def test_blocks_have_their_arguments_labels_and_lines() -> None:
    file = code_blocks.read_native('a "b" c {\n  d = [\n    1,\n  ]\n\n  e {\n    f = 1\n  }\n}\n', "x.tf")
    (block,) = file.blocks
    assert (block.kind, block.labels, block.line) == ("a", ("b", "c"), 1)
    assert [(argument.name, argument.line) for argument in block.all_arguments] == [("d", 2), ("f", 7)]
