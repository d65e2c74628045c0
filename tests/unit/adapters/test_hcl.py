"""Reading Terraform's configuration language: what is found, and where in the bytes."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.modules import module_interface
from infragate.domain.terraform.hcl_syntax import ConfigurationFile


def source(text: str | bytes, name: str = "main.tf") -> tuple[str | None, bytes]:
    """The value of the first module's source, and the bytes at its place."""
    content = text.encode() if isinstance(text, str) else text
    found = next(hcl.parse(content, name=name).of_kind("module")).attribute("source")
    assert found is not None
    if found.literal is None:
        return None, b""
    return found.literal.value, content[found.literal.span.start : found.literal.span.end]


@pytest.mark.parametrize(
    "text",
    [
        'module "a" { source = "git::x?ref=v1" }',
        'module a {\n  source = "git::x?ref=v1" # v1\n}\n',
        'module "a" {\r\n\tsource="git::x?ref=v1"\r\n}\r\n',
        '\ufeffmodule "a" {\n  nested { source = "no" }\n  source = "git::x?ref=v1"\n}',
        '# module "b" { source = "no" }\n/* module "c" {} */ // x\nmodule "a" {\n  source = "git::x?ref=v1"\n}\n',
        'locals {\n  text = <<-EOT\n    module "b" { source = "no" }\n  EOT\n}\nmodule "a" {\n  source = "git::x?ref=v1"\n}\n',
        'locals {\n  n = 1e5\n}\nmodule "a" {\n  source = "git::x?ref=v1"\n}\n',
        '# é 한글\nmodule "a" {\n  name   = "한글"\n  source = "git::x?ref=v1"\n}\n',
    ],
)
def test_the_source_of_a_module_is_found_with_its_bytes(text: str) -> None:
    assert source(text) == ("git::x?ref=v1", b"git::x?ref=v1")


def test_json_syntax_is_read_with_its_bytes() -> None:
    text = '\ufeff{\n "module": {"é": {"source": "git::x?ref=v1", "count": 2}}\n}'
    assert source(text, "main.tf.json") == ("git::x?ref=v1", b"git::x?ref=v1")


@pytest.mark.parametrize(
    "expression",
    ['"git::x?ref=${local.v}"', '"%{ if true }a%{ endif }"', "local.source", "<<EOT\nx\nEOT\n", '"a" == "b"'],
)
def test_an_expression_is_no_literal(expression: str) -> None:
    assert source(f'module "a" {{\n  source = {expression}\n}}\n')[0] is None


@pytest.mark.parametrize(
    ("written", "value"), [(r"a\"b", 'a"b'), (r"a\u00e9", "aé"), (r"\\n", r"\n"), ("$${x}", "${x}"), ("$5", "$5")]
)
def test_escapes_are_read_and_marked_as_not_plain(written: str, value: str) -> None:
    found = next(hcl.parse(f'module "a" {{ source = "{written}" }}'.encode(), name="x.tf").of_kind("module"))
    attribute = found.attribute("source")
    assert attribute is not None
    assert attribute.literal is not None
    assert (attribute.literal.value, attribute.literal.plain) == (value, value == written)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'a = 1\nmodule "a" {\n  source = "x\n}\n', 5),  # where the missing quote was not found
        (b'module "a" {\n  source = "x"\n', 3),
        (b'<<<<<<< HEAD\nmodule "a" { source = "x" }\n', 1),
        (b'module "a" { source = "x" }\nx = "\xff"\n', 2),
    ],
)
def test_what_is_no_configuration_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(BadInput) as refused:
        hcl.parse(content, name="main.tf")
    assert refused.value.where == f"main.tf:{line}"


def test_broken_json_is_refused_with_its_line() -> None:
    with pytest.raises(BadInput) as refused:
        hcl.parse(b'{\n "module": \n}', name="main.tf.json")
    assert refused.value.where == "main.tf.json:3"


@pytest.mark.parametrize("kind", ["broken link", "pipe"])
def test_only_a_regular_file_is_read(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "main.tf"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(tmp_path / "other")
    with pytest.raises(BadInput, match="not a regular file"):
        hcl.read_folder(tmp_path)


def test_a_folder_with_the_name_of_a_file_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "x.tf").mkdir()
    assert hcl.read_folder(tmp_path) == ()


def test_a_link_to_a_file_of_the_checkout_is_read(tmp_path: Path) -> None:
    (tmp_path / "common.tf").write_text('module "a" {\n  source = "./a"\n}\n')
    stack = tmp_path / "dev"
    stack.mkdir()
    (stack / "common.tf").symlink_to("../common.tf")
    (file,) = hcl.read_folder(stack, relative_to=tmp_path)
    assert [block.labels for block in file.of_kind("module")] == [("a",)]


def test_a_link_out_of_the_checkout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.tf").touch()
    stack = tmp_path / "checkout" / "dev"
    stack.mkdir(parents=True)
    (stack / "main.tf").symlink_to("../../elsewhere.tf")
    with pytest.raises(BadInput, match="leads out of the checkout"):
        hcl.read_folder(stack, relative_to=tmp_path / "checkout")


def test_places_in_json_are_those_of_the_bytes_and_lines() -> None:
    modules = {f"é{number}": {"source": f"git::한글?ref=v{number}"} for number in range(50)}
    content = json.dumps({"module": modules}, indent=1, ensure_ascii=False).encode()
    for block in hcl.parse(content, name="x.tf.json").of_kind("module"):
        attribute = block.attribute("source")
        assert attribute is not None
        assert attribute.literal is not None
        span = attribute.literal.span
        assert content[span.start : span.end].decode() == attribute.literal.value
        assert content.count(b"\n", 0, span.start) + 1 == span.line


def test_a_large_json_file_is_read_in_linear_time() -> None:
    modules = {f"m{number}": {"source": "git::x?ref=v1", "text": "é" * 120} for number in range(4000)}
    content = json.dumps({"module": modules}, ensure_ascii=False).encode()
    began = time.process_time()
    hcl.parse(content, name="x.tf.json")
    assert len(content) > 1_000_000
    assert time.process_time() - began < 1


def test_references_are_found_behind_indexes_splats_and_templates() -> None:
    text = 'a = module.c[0].d\nb = "${module.e["k"].f}"\nc = module.g[*].h\nd = { (x) = [module.i.j] }\n'
    found = hcl.references(hcl.parse(text.encode(), name="x.tf"))
    assert tuple(one for one in found if one[0] == "module") == (
        ("module", "c", "d"),
        ("module", "e", "f"),
        ("module", "g", "h"),
        ("module", "i", "j"),
    )


def test_references_are_found_in_json_syntax() -> None:
    file = hcl.parse(b'{"output": {"o": {"value": "${module.a.b}"}}}', name="x.tf.json")
    assert ("module", "a", "b") in hcl.references(file)


INTERFACE = """
variable "name" { type = string }
variable "size" {
  description = "How large."
  type        = number
  default     = 1
}
output "id" {
  value     = 1
  sensitive = true
}
moved {
  from = aws_db_instance.this
  to   = aws_db_instance.primary
}
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6.0"
    }
  }
}
"""


def test_an_interface_says_inputs_outputs_moves_and_needs(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(INTERFACE)
    found = module_interface.read(hcl.read_folder(tmp_path))
    assert {name: one.required for name, one in found.inputs.items()} == {"name": True, "size": False}
    assert found.outputs["id"].sensitive
    assert [(move.source, move.target) for move in found.moves] == [("aws_db_instance.this", "aws_db_instance.primary")]
    assert (found.providers, found.terraform) == ({"aws": ">= 5.100, < 6.0"}, ">= 1.11")


def of(text: str) -> module_interface.ModuleInterface:
    return module_interface.read([hcl.parse(text.encode(), name="main.tf")])


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ('variable "a" {}', "", "input removed"),
        ("", 'variable "a" {}', "input newly required"),
        ('variable "a" { default = 1 }', 'variable "a" {}', "input newly required"),
        ('variable "a" { default = 1 }', 'variable "a" { default = 2 }', "input's default changed"),
        ('output "a" { value = 1 }', "", "output removed"),
        ("", "moved {\n  from = a.b\n  to = a.c\n}", "address moved"),
    ],
)
def test_a_caller_notices_each_breaking_change(old: str, new: str, kind: str) -> None:
    assert [change.kind for change in module_interface.breaking_changes("m", of(old), of(new))] == [kind]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", 'variable "a" { default = null }'),
        ('variable "a" {}', 'variable "a" { default = 1 }'),
        ('variable "a" { default = { x = 1 } }', 'variable "a" { default = {  x  =  1 } }'),
        ("", 'output "a" { value = 1 }'),
    ],
)
def test_a_caller_does_not_notice_what_was_only_added(old: str, new: str) -> None:
    assert module_interface.breaking_changes("m", of(old), of(new)) == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dev.tfvars", b"a = [1,\n"),
        ("dev.tfvars.json", b'{"a": 1,'),
        ("dev.tfvars.json", b"[1]"),
        ("dev.tfvars.json", b'"a"'),
    ],
)
def test_a_file_of_values_that_cannot_be_read_is_bad_input(name: str, content: bytes) -> None:
    with pytest.raises(BadInput):
        hcl.values(ConfigurationFile(path=name, content=content, blocks=()))


def test_the_names_in_a_json_file_of_values_are_its_keys() -> None:
    file = ConfigurationFile(path="dev.tfvars.json", content=b'\xef\xbb\xbf{"a": 1, "b": []}', blocks=())
    assert hcl.values(file) == ("a", "b")


def test_the_names_in_a_file_of_values_are_those_that_terraform_reads() -> None:
    content = "# é\na = <<E\nb = 1\nE \nc = { d = 1 }\né = [1, 2]\n".encode()
    file = ConfigurationFile(path="dev.tfvars", content=content, blocks=())
    assert hcl.values(file) == ("a", "c", "é")
