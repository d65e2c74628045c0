"""Generated configurations: folders of files in both syntaxes, with module calls among everything that looks like one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

GIT = (
    "git::https://h.example/o/r.git//{0}?ref={1}",
    "git::https://h.example/o/r.git?depth=1&ref={1}",
    "git::ssh://git@h.example/o/r.git//{0}/?ref=refs/tags/{1}",
    "git@h.example:o/r.git//{0}?ref={1}&depth=1",
    "github.com/o/r//{0}?ref={1}",
    "github.com/o/r/{0}?ref={1}",
    "git::https://h.example/o/r.git//./{0}?x=1&ref={1}",
)
# What surrounds calls, with everything in it that a search for text would take for one.
TRIVIA = (
    '# module "no" {{ source = "git::https://h/r.git?ref=v9" }}',
    "// {{",
    '/* source = "?ref=v9"\n   module "no" {{ */',
    'locals {{\n  h{0} = <<-EOT\n    module "no" {{\n      source = "./no"\n    }}\n  EOT\n}}',
    "locals {{\n  r{0} = <<EOT\n}} ${{local.x}} %{{ if true }}a%{{ endif }}\nEOT\n}}",
    'variable "v{0}" {{\n  description = "say \\"}}\\" or $${{x}} %%{{y}} \\\\"\n  default = ["git::x", 1.5e3, null]\n}}',
    'resource "x_y" "r{0}" {{\n  source = "./no"\n  module "no" {{\n    source = "./no"\n  }}\n}}',
    'resource x_y q{0} {{\n  provisioner "local-exec" {{ command = "module a {{" }}\n}}',
    'locals {{\n  k{0} = "é 한글 \\u00e9 ${{"}}"}}"\n  f{0} = [for k, v in var.m : k if v > 1e3]\n}}',
    'locals {{\n\tt{0} = var.a ? "x" : "${{var.b ? "${{var.c}}" : "module {{"}}"\n}}',
    'locals {{ o{0} = {{ "module" = {{ source = "./no" }}, (var.k) : 1, module = 2 }} }}',
    "moved {{\n  from = module.x\n  to   = module.y\n}}",
    'output "o{0}" {{ value = provider::x::f(1, 2...) }}',
    'check "c{0}" {{\n  assert {{\n    condition     = var.x # {{\n    error_message = "module \\"x\\" {{"\n  }}\n}}',
)
BODIES = (
    "module {0} {{ source = {1} }}",
    "module {0} {{\n  source = {1}\n}}",
    'module {0} {{\n  # source = "./no"\n  name   = "n ?ref=v9"\n  source = {1} # v9\n  list   = [1, "a"]\n}}',
    "module {0} {{\n\tsource={1}\n\tproviders = {{\n\t\taws = aws.other\n\t}}\n\tcount = 2\n}}",
    'module {0} {{\n  for_each = toset(["a"])\n  text = <<EOT\nsource = "./no"\nEOT\n  source   =   ({1}) // x\n}}',
    'module {0} /* x */ {{\n  o = {{\n    source = "./no"\n  }}\n\n  source = /* y */ {1}\n  depends_on = [terraform_data.x]\n}}',
    'module {0} {{\n  a = "${{<<EOT\n}}\nEOT\n}}"\n  source = {1}\n}}',
)
LAST = 'module {0} {{\n  count = 0\n  name = "other"\n}}'


@dataclass(slots=True)
class Folder:
    """A configuration: files by path, and links by path."""

    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        for name, content in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        for name, target in self.links.items():
            (root / name).symlink_to(target)


Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def configurations(draw: Draw) -> Folder:
    """A folder with calls, and up to two local modules below it, one of which may call the other."""
    folder = Folder()
    local = draw(st.sampled_from(((), ("one",), ("one", "two words"))))
    for place, inner in (("", local), *((f"{name}/", local[index + 1 :]) for index, name in enumerate(local))):
        _fill(draw, folder, place, inner)
    if draw(st.integers(0, 9)) == 0:
        _damage(draw, folder)
    return folder


def _fill(draw: Draw, folder: Folder, place: str, local: tuple[str, ...]) -> None:
    names = draw(
        st.lists(st.sampled_from(("a", "b-c", "_d", "E1", "modül", "source", "module")), max_size=3, unique=True)
    )
    files = {f"{place}main.tf": ""}
    for number, name in enumerate(names):
        source = draw(_sources(place, local))
        if draw(st.integers(0, 2)) == 0:
            file = draw(st.sampled_from(("a.tf.json", "~j.tf.json", "z.tf.json")))
            _add_json(
                draw, folder, f"{place}{number}{file}" if file[0] != "~" else f"{place}~{number}.tf.json", name, source
            )
        else:
            file = place + draw(st.sampled_from(("main.tf", "main.tf", "~x.tf", "#y.tf", "z.tf.tf", "Ä.tf")))
            files[file] = f"{files.get(file, '')}{_trivia(draw, number)}{_native(draw, name, source)}\n"
    _override(draw, folder, place, names, local)
    files[f"{place}main.tf"] += _trivia(draw, "z")
    for name, text in files.items():
        folder.files[name] = _encoded(draw, text)
    _beside(draw, folder, place)


def _sources(place: str, local: tuple[str, ...]) -> st.SearchStrategy[str]:
    git = st.builds(
        str.format, st.sampled_from(GIT), st.sampled_from(("f", "a/b")), st.sampled_from(("v1.0.0", "a/v2"))
    )
    above = "../" if place else "./"
    paths = [f"{above}{name}" for name in local] + [f"{above}./x/../{name}/" for name in local]
    return st.one_of(git, st.sampled_from(paths)) if paths else git


def _trivia(draw: Draw, number: int | str) -> str:
    pieces = draw(st.lists(st.sampled_from(TRIVIA), max_size=2, unique=True))
    return "".join(f"{piece.format(number)}\n" for piece in pieces)


def _quoted(draw: Draw, text: str) -> str:
    """A quoted string of native syntax or JSON, with some characters as escapes."""
    place = draw(st.integers(0, 3 * len(text)))
    if place >= len(text):
        return f'"{text}"'
    return f'"{text[:place]}\\u{ord(text[place]):04x}{text[place + 1 :]}"'


def _native(draw: Draw, name: str, source: str) -> str:
    label = draw(st.sampled_from((f'"{name}"', name)))
    body: str = draw(st.sampled_from(BODIES))
    return body.format(label, _quoted(draw, source))


def _add_json(draw: Draw, folder: Folder, file: str, name: str, source: str) -> None:
    key, value = (
        _quoted(draw, name),
        f'{{"//": "x", {_quoted(draw, "source")}: {_quoted(draw, source)}, "n": {{"source": 1}}}}',
    )
    value = draw(st.sampled_from((value, f"[{value}]", f"[[{value}]]", value.replace("{", '{"//": null, ', 1))))
    module = _quoted(draw, "module")
    call = f"{{{key}: {value}}}"
    document = draw(
        st.sampled_from(
            (
                f"{{{module}: {call}}}",
                f'{{{module}: {call}, "module": {{"none": null}}}}',
                f'{{"module": {{"none": []}}, {module}: {call}}}',
                f'{{"module": [{{}}, {call}], "//": {{"module": {{"no": {{"source": "./no"}}}}}}}}',
                f'[{{"module": {call}}}, {{"locals": {{"module": {{"no": "${{1 + 1}}"}}}}}}]',
                f'{{"resource": {{"module": {{"no": {{"source": "./no"}}}}}}, {module}: {call}}}',
            )
        )
    )
    folder.files[file] = document.encode()


def _override(draw: Draw, folder: Folder, place: str, names: list[str], local: tuple[str, ...]) -> None:
    for file in draw(
        st.lists(
            st.sampled_from(("override.tf", "x_override.tf", "override.tf.json", "y_override.tf.json")),
            max_size=2,
            unique=True,
        )
    ):
        chosen = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
        if file.endswith(".json"):
            calls = {
                name: {"count": 0} if draw(st.booleans()) else {"source": draw(_sources(place, local))}
                for name in chosen
            }
            folder.files[place + file] = json.dumps({"module": calls} if calls else {}).encode()
        else:
            blocks = [
                _native(draw, name, draw(_sources(place, local))) if draw(st.booleans()) else LAST.format(f'"{name}"')
                for name in chosen
            ]
            folder.files[place + file] = _encoded(draw, "\n".join(blocks) + "\n")


def _encoded(draw: Draw, text: str) -> bytes:
    """With Windows' line ends or a byte order mark, now and then; Terraform refuses the mark in JSON syntax."""
    if draw(st.integers(0, 3)) == 0:
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if draw(st.integers(0, 7)) == 0 else b"") + text.encode()


def _beside(draw: Draw, folder: Folder, place: str) -> None:
    """Files that Terraform does not read, a folder with the name of a file, and a link to a file."""
    no = b'module "no" {\n  source = "./no"\n}\n'
    for name in draw(
        st.lists(st.sampled_from((".h.tf", "x.tf~", "x.tf.bak", "x.TF", "#x.tf#", "x.tofu", "d.tf/x.tf")), max_size=2)
    ):
        folder.files[place + name] = no
    if draw(st.integers(0, 3)) == 0:
        source = draw(_sources("", ()))
        folder.files[f"{place}linked/real.txt"] = f'module "linked" {{\n  source = "{source}"\n}}\n'.encode()
        folder.links[f"{place}link.tf"] = "linked/real.txt"
    if not place and draw(st.integers(0, 3)) == 0:  # a link to a folder, whose own calls start from where it leads to
        folder.links["folder"] = "./behind/module"
        folder.files["folder.tf"] = b'module "behind" {\n  source = "./folder"\n}\n'
        folder.files["behind/module/main.tf"] = b'module "up" {\n  source = "../beside"\n}\n'
        folder.files["behind/beside/main.tf"] = b'module "git" {\n  source = "github.com/o/r//f?ref=v1"\n}\n'


def _damage(draw: Draw, folder: Folder) -> None:
    """Cut something out of a file, or double it."""
    name = draw(st.sampled_from(sorted(folder.files)))
    content = folder.files[name]
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(0, 4)))
    folder.files[name] = content[:start] + content[start:end] * draw(st.sampled_from((0, 2))) + content[end:]
