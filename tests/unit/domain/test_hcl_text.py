"""Configuration that is written: read again by a parser it has the same values, whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infragate.adapters.terraform import hcl
from infragate.domain.terraform import code_blocks, hcl_text
from infragate.domain.terraform.hcl_text import Blocks, Expression, JsonText

HOSTILE = (
    '${file("/etc/passwd")}',
    "$${a}",
    "$$${a}",
    "%{ for x in y }",
    "$%{a}",
    'quote " and \\',
    "line\nand\r\nline\ttab",
    "<<EOT\nEOT",
    "\u202etrojan\u200b",
    "\x00\x1b[31m",
    "🔒 {",
    "# // /* comment",
    "ends with $",
)
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('${%}"\\\n#<'))


def read(text: str) -> str:
    """The value of a string literal, as our reader of Terraform's language has it."""
    file = hcl.parse(f'output "x" {{\n  value = {text}\n}}\n'.encode(), name="x.tf")
    literal = next(file.of_kind("output")).attribute("value")
    assert literal is not None
    assert literal.literal is not None, text
    return literal.literal.value


@given(texts)
@example("".join(HOSTILE))
def test_a_text_is_read_as_it_was(text: str) -> None:
    written = hcl_text.quoted(text)
    assert read(written) == text
    assert "\n" not in written


@pytest.mark.parametrize("text", HOSTILE)
def test_no_template_of_a_text_is_evaluated_and_nothing_hides_in_it(text: str) -> None:
    written = hcl_text.quoted(text)
    assert read(written) == text
    assert written.isprintable()
    assert not hcl.references(hcl.parse(f"x = {written}\n".encode(), name="x.tf"))


@given(st.lists(st.dictionaries(texts, texts, max_size=3), max_size=3), texts)
def test_no_text_ends_the_block_that_it_is_in(statements: list[dict[str, str]], text: str) -> None:
    written = hcl_text.block("resource", ["a", text], {"policy": JsonText({"Statement": statements}), "name": text})
    (block,) = hcl.parse(written.encode(), name="x.tf").blocks
    assert (block.kind, block.labels) == ("resource", ("a", text))
    (scanned,) = code_blocks.read_native(written, "x.tf").blocks
    assert [argument.name for argument in scanned.arguments] == ["policy", "name"]


def test_it_has_the_form_of_terraform_fmt() -> None:
    text = hcl_text.block(
        "resource",
        ["aws_lb_listener_rule", "x"],
        {
            "listener_arn": "arn:l",
            "priority": 7,
            "on": True,
            "none": None,
            "to": Expression("aws_x.y"),
            "policy": JsonText({"Version": "1", "Statement": [{"for": 1, "aws:Ip": ["a", "b"]}], "Empty": [{}, []]}),
            "after": "x",
            "action": Blocks(({"type": "a", "inner": Blocks(({"a": 1}, {"b": 2}))},)),
        },
    )
    assert (
        text
        == """\
resource "aws_lb_listener_rule" "x" {
  listener_arn = "arn:l"
  priority     = 7
  on           = true
  none         = null
  to           = aws_x.y
  policy = jsonencode({
    Version = "1"
    Statement = [
      {
        "for"    = 1
        "aws:Ip" = ["a", "b"]
      },
    ]
    Empty = [{}, []]
  })
  after = "x"

  action {
    type = "a"

    inner {
      a = 1
    }

    inner {
      b = 2
    }
  }
}
"""
    )


def test_a_long_list_has_a_line_for_each_value() -> None:
    text = hcl_text.block("locals", [], {"x": ["a" * 60, "b" * 60]})
    assert text == f'locals {{\n  x = [\n    "{"a" * 60}",\n    "{"b" * 60}",\n  ]\n}}\n'
