"""10,000 generated files: an edit and its way back give the same bytes, and python-hcl2 sees one attribute changed.

python-hcl2 reads what is meant; it is another grammar than the one that edits.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import hcl2
import pytest

from infragate.adapters.terraform import hcl, hcl_json
from infragate.domain.modules import pin_change

FILES, SEEDS = 10_000, 10
TAGS = ("v0.1.0", "v1.0.0", "v1.2.3-rc.1", "v10.20.30", "modules/v2.0.0", "v1+build", "x")
FORMS = (
    "git::https://h/o/r.git//m/{}?ref=v9",
    "git::https://h/o/r.git//m/{}?depth=1&ref=v9",
    "git::ssh://git@h/o/r.git//{}?ref=refs/tags/v9&depth=1",
    "git@h:o/r.git//{}?ref=v9",
    "github.com/o/r//{}?ref=v9",
)
# What surrounds a call, with everything in it that a search for text would take for a pin.
TRIVIA = (
    '# module "no" {{ source = "git::https://h/r.git?ref=v9" }}',
    "// ref=v9",
    '/* source = "?ref=v9"\n   module "no" {{ */',
    "",
    'locals {{\n  text{0} = <<-EOT\n    module "no" {{\n      source = "git::https://h/r.git?ref=v9"\n    }}\n  EOT\n}}',
    "locals {{\n  raw{0} = <<EOT\nref=v9 ${{local.x}}\nEOT\n}}",
    'variable "v{0}" {{\n  description = "give ?ref=v9 \\"quoted\\" or $${{x}}"\n  default = ["git::x?ref=v9", 1.5]\n}}',
    'resource "x_y" "r{0}" {{\n  source = "git::https://h/r.git?ref=v9"\n  block {{\n    ref = "v9"\n  }}\n}}',
    'output "o{0}" {{ value = module.m0.id }}',
    'locals {{\n  k{0} = "é 한글 ref=v9"\n  f{0} = [for k, v in var.m : k if v > 1e3]\n}}',
    'module "l{0}" {{ source = "./ref=v9" }}',
    'locals {{\n\tt{0} = var.a ? "x" : "${{var.b}}-?ref=v9"\n}}',
)
CALLS = (
    'module "m{0}" {{ source = "{1}" }}',
    'module "m{0}" {{\n  source = "{1}"\n}}',
    'module "m{0}" {{\n  # ref=v9\n  name   = "n ?ref=v9"\n  source = "{1}" # v9\n  list   = [1, "a"]\n}}',
    'module m{0} {{\n\tsource="{1}"\n\tproviders = {{\n\t\taws = aws.other\n\t}}\n}}',
    'module "m{0}" {{\n  for_each = toset(["ref=v9"])\n  text = <<EOT\nsource = "?ref=v9"\nEOT\n  source   =   "{1}" // x\n}}',
    'module "m{0}" {{\n  source   =   "{1}"\n\n  o = {{\n    source = "?ref=v9"\n  }}\n}}',
)


@dataclass(frozen=True, slots=True)
class Generated:
    """A file, and the names of its calls of git modules."""

    content: bytes
    calls: tuple[str, ...]


def generated(chance: random.Random) -> Generated:
    pieces: list[str] = []
    calls = chance.randint(1, 2)
    for number in range(calls):
        pieces += [chance.choice(TRIVIA).format(f"{number}{place}") for place in range(chance.randint(0, 1))]
        pieces.append(chance.choice(CALLS).format(number, chance.choice(FORMS).format(f"f{number}")))
    pieces += [chance.choice(TRIVIA).format("z") for _ in range(chance.randint(0, 1))]
    text = "\n".join(pieces) + chance.choice(("", "\n", "\n\n"))
    # A heredoc must end before the file does.
    text = text if not text.endswith("EOT\n}") else f"{text}\n"
    if chance.random() < 0.3:
        text = text.replace("\n", "\r\n")
    mark = hcl_json.BOM if chance.random() < 0.1 else b""
    return Generated(content=mark + text.encode(), calls=tuple(f"m{number}" for number in range(calls)))


def edited(content: bytes, call: str, tag: str) -> bytes:
    block = next(one for one in hcl.parse(content, name="x.tf").of_kind("module") if one.labels == (call,))
    pin = pin_change.pin_edit(module=call, where="x", path="x.tf", block=block, tag=tag, commit="")
    assert pin is not None
    assert len(pin.edits) == 1
    return pin_change.edited(content, pin.edits)


def meaning(content: bytes) -> Any:
    return hcl2.loads(content.removeprefix(hcl_json.BOM).decode().replace("\r\n", "\n"))


def differences(one: Any, other: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where two readings differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [place for key in one for place in differences(one[key], other[key], (*path, key))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            place for key, pair in enumerate(zip(one, other, strict=True)) for place in differences(*pair, (*path, key))
        ]
    return [] if one == other else [path]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_edit_changes_one_attribute_and_its_way_back_is_the_identity(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(FILES // SEEDS):
        file = generated(chance)
        found = [one.labels[0] for one in hcl.parse(file.content, name="x.tf").of_kind("module")]
        assert [name for name in found if name.startswith("m")] == list(file.calls)
        call, tag = chance.choice(file.calls), chance.choice(TAGS)
        changed = edited(file.content, call, tag)
        assert edited(changed, call, "v9") == file.content
        where = differences(meaning(file.content), meaning(changed))
        assert [(place[0], str(place[2]).strip('"'), place[3]) for place in where] == [("module", call, "source")], (
            file.content
        )


VALUES = (
    '{0} = "ref=v9"',
    "{0} = 1.5e3 # comment {{",
    '{0} = {{\n  inner = [1, true, null]\n  "quoted" : "a = 1"\n}}',
    "{0} = <<EOT\nno = 1\nEOT\n",
    "{0} = [\n  # no = 1\n  {{ a = 1 }},\n]",
    "/* no = 1 */ {0}=-1",
)


def test_the_names_in_a_file_of_values_are_read() -> None:
    chance = random.Random(1)
    for _ in range(200):
        names = [f"v{number}" for number in range(chance.randint(0, 4))]
        text = "\n".join(chance.choice(VALUES).format(name) for name in names) + "\n"
        text = text.replace("\n", "\r\n") if chance.random() < 0.3 else text
        content = (hcl_json.BOM if chance.random() < 0.1 else b"") + text.encode()
        assert list(hcl.values(hcl.parse(content, name="dev.tfvars"))) == names, content
