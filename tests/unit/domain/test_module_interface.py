"""What a module's code promises its callers."""

from __future__ import annotations

import pytest

from infragate.adapters.terraform import hcl
from infragate.domain.modules import module_interface
from infragate.domain.modules.module_interface import ModuleInterface


def of(text: str, name: str = "main.tf") -> ModuleInterface:
    return module_interface.read([hcl.parse(text.encode(), name=name)])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = "~> 5.0" }\n  }\n}',
            "a.tf",
        ),
        ('terraform {\n  required_providers {\n    aws = "~> 5.0"\n  }\n}', "a.tf"),
        (
            '{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.0"}}}}',
            "a.tf.json",
        ),
        ('{"terraform": [{"required_providers": [{"aws": "~> 5.0"}]}]}', "a.tf.json"),
    ],
    ids=["object", "text", "json-object", "json-text"],
)
def test_a_provider_s_constraint_is_read_in_every_form(text: str, name: str) -> None:
    assert of(text, name).providers == {"aws": "~> 5.0"}


def test_a_provider_without_a_constraint_has_none() -> None:
    assert of('terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}').providers == {
        "aws": ""
    }


def test_json_syntax_promises_the_same() -> None:
    found = of(
        '{"variable": {"a": {}, "b": {"default": null}}, "output": {"o": {"value": 1, "sensitive": true}},'
        ' "moved": [{"from": "x.a", "to": "x.b"}], "terraform": {"required_version": ">= 1.9"}}',
        "main.tf.json",
    )
    assert {name: one.required for name, one in found.inputs.items()} == {"a": True, "b": False}
    assert found.outputs["o"].sensitive
    assert [(move.source, move.target) for move in found.moves] == [("x.a", "x.b")]
    assert found.terraform == ">= 1.9"


def test_an_interface_breaks_nothing_against_itself() -> None:
    found = of('variable "a" {}\noutput "b" { value = 1 }\nmoved {\n  from = x.a\n  to = x.b\n}')
    assert module_interface.breaking_changes("m", found, found) == ()
