"""The names of resource types and of their arguments, recorded from the AWS provider: what rules may read and tests may use.

Record again when the provider or the types of the rules change (no credentials needed), after `terraform init -backend=false`:
`terraform -chdir=infra/envs/dev providers schema -json | .venv/bin/python -m tests.scanners.provider_schema`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policy" / "rego"
NAMES = ROOT / "tests" / "data" / "provider_names.json"
BAD_PLANS = sorted(POLICIES.rglob("bad.json"))
PROVIDER = "registry.terraform.io/hashicorp/aws"
TYPE = re.compile(r'"(aws_[a-z0-9_]+)"')
DATA_SOURCES = ("aws_ec2_managed_prefix_list", "aws_prefix_list")  # of which rules read the prior state


def types_of(file: Path) -> set[str]:
    """The types of AWS that a file of rules, or a plan, names."""
    return set(TYPE.findall(file.read_text(encoding="utf-8")))


def rule_files() -> list[Path]:
    """The rules and their library, without tests."""
    return sorted(path for path in POLICIES.rglob("*.rego") if not path.stem.endswith(("_test", "testing")))


def extract(schema: Mapping[str, Any]) -> dict[str, list[str]]:
    """Type, or `data.` and type -> the dotted paths of all of its arguments, for the types of the rules and their bad plans."""
    provider = schema["provider_schemas"][PROVIDER]
    resources, sources = provider["resource_schemas"], provider["data_source_schemas"]
    named = set().union(*map(types_of, (*rule_files(), *BAD_PLANS)))
    blocks = {name: resources[name]["block"] for name in named & set(resources)}
    blocks |= {f"data.{name}": sources[name]["block"] for name in DATA_SOURCES}
    return {name: sorted(_paths(block)) for name, block in sorted(blocks.items())}


def _paths(block: Mapping[str, Any]) -> Iterator[str]:
    for name, attribute in block.get("attributes", {}).items():
        yield name
        inner = attribute["nested_type"] if "nested_type" in attribute else _object(attribute["type"])
        yield from (f"{name}.{path}" for path in _paths(inner))
    for name, inner in block.get("block_types", {}).items():
        yield name
        yield from (f"{name}.{path}" for path in _paths(inner["block"]))


def _object(kind: Any) -> dict[str, Any]:
    """The attributes of an object, or of the objects in a list, set or map."""
    if isinstance(kind, str):
        return {}
    if kind[0] == "object":
        return {"attributes": {name: {"type": inner} for name, inner in kind[1].items()}}
    return _object(kind[1])


def text_of(names: Mapping[str, list[str]]) -> str:
    """The file of recorded names: a line for each type."""
    lines = (f"{json.dumps(name)}: {json.dumps(paths)}" for name, paths in names.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def unknown_names(type_: str, values: object, names: Mapping[str, list[str]]) -> set[str]:
    """The `type.path` of each value that the provider has no argument for. What is in a map of strings is no argument."""
    return {f"{type_}.{path}" for path in _unknown(values, "", set(names[type_]))}


def _unknown(values: object, prefix: str, paths: set[str]) -> Iterator[str]:
    for part in values if isinstance(values, list) else [values]:
        for name, value in _arguments(part):
            path = prefix + name
            if path not in paths:
                yield path
            elif any(other.startswith(f"{path}.") for other in paths):
                yield from _unknown(value, f"{path}.", paths)


def _arguments(part: object) -> Iterable[tuple[str, object]]:
    return part.items() if isinstance(part, dict) else ()


if __name__ == "__main__":
    NAMES.write_text(text_of(extract(json.load(sys.stdin))), encoding="utf-8")
