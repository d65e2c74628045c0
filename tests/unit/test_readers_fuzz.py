"""Damaged and hostile files of a checkout: every reader answers or refuses, and touches nothing else.

Two thousand files; INFRAGATE_TEST_FUZZ=100000 for the large run.
"""

from __future__ import annotations

import copy
import json
import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit import drift_results, projects, verb_documents
from tests.unit.domain.test_manifest import MANIFEST, mac

from infragate.adapters.local import code_policy_file, environments_file, trust, waivers_file
from infragate.adapters.modules import module_list
from infragate.adapters.terraform import hcl
from infragate.adapters.terraform.output_reader import OutputReader, ignore
from infragate.adapters.tools import tools_file
from infragate.domain import manifest, plan_json, sensitive_values
from infragate.domain import plan as plans
from infragate.domain.command import DEFAULT_CALLER
from infragate.domain.errors import InfragateError
from infragate.domain.modules import module_lock
from infragate.domain.programs import PROGRAMS
from infragate.domain.terraform import overrides, provider_lock, state_file
from infragate.report import drift, json_text, plan_summary
from infragate.usecases.rollback import rollback_note

CASES = int(os.environ.get("INFRAGATE_TEST_FUZZ", "2000"))
DATA = projects.ROOT / "tests" / "data"
DEV = projects.ROOT / "infra" / "envs" / "dev"

ODD: list[Any] = [
    None, True, False, 0, -1, 2**63, 10**400, 1.5, float("nan"), float("inf"), "", "x", "\x00", "\ud800", "../../etc/passwd", "/",
    "${file(\"/proc/self/environ\")}", "::error::x", "a" * 5000, [], {}, [[]], [None], {"": None}, {"a": {"b": []}}, ["../x"],
]  # fmt: skip
WORDS = [
    b"{", b"}", b"[", b"]", b'"', b"'", b"\\", b"${", b"%{", b"<<EOT\n", b"/*", b"#", b"\n", b"\r\n", b"\t", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf", b"=", b":", b"- ", b"&a", b"*a", b"!!python/object:os.system", b"!!int x", b"2026-13-45", b"1e400", b"null",
    b"module", b"source", b"?ref=", b"../", b"\xed\xa0\x80", b"[" * 400, b'{"a":' * 400, b"9" * 400, b"\xf0\x9f\x98\x80",
]  # fmt: skip


def of_bytes(data: bytes, chance: random.Random) -> bytes:
    """Another file, by its bytes and lines."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        size = chance.choice((1, 1, 2, 8, 60))
        kind = chance.randrange(6)
        if kind == 0:
            changed[at : at + size] = b""
        elif kind == 1:
            changed[at:at] = chance.choice(WORDS)
        elif kind == 2:
            changed[at : at + size] = chance.randbytes(size)
        elif kind == 3:
            changed[at:at] = changed[at - size * 4 : at]
        elif kind == 4:
            del changed[at:]
        else:
            lines = bytes(changed).split(b"\n")
            one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            changed = bytearray(b"\n".join(lines))
    return bytes(changed)


def of_structure(document: Any, chance: random.Random) -> Any:
    """Another document: one or more values replaced, removed, repeated or nested."""
    document = json.loads(json.dumps(document))
    for _ in range(chance.randint(1, 3)):
        place, key = _place(document, chance)
        if place is None:
            return copy.deepcopy(chance.choice(ODD))
        kind = chance.randrange(5)
        if kind == 0:
            del place[key]
        elif kind == 1:
            place[key] = _nested(place[key], chance.choice((1, 3, 80, 600)))
        elif kind == 2 and isinstance(place, dict):
            place[str(copy.deepcopy(chance.choice(ODD)))[:50]] = place.pop(key)
        elif kind == 3:
            place[key] = [place[key], place[key]]
        else:
            place[key] = copy.deepcopy(chance.choice(ODD))
    return document


def _place(document: Any, chance: random.Random) -> tuple[Any, Any]:
    """A random container in the document and a key of it."""
    place, key = None, None
    while isinstance(document, (dict, list)) and document and (place is None or chance.random() < 0.8):
        place, key = document, chance.choice(list(document) if isinstance(document, dict) else range(len(document)))
        document = place[key]
    return place, key


def _nested(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def read_plan(data: bytes) -> None:
    document = plan_json.parse(data)
    list(sensitive_values.of_plan(document))
    json_text.document(plan_summary.document(plans.read(document)))


def read_manifest(data: bytes) -> None:
    document = json.loads(data)
    manifest.parse(document, where="m")


def read_state(data: bytes) -> None:
    state_file.identity(data, where="s")
    state_file.resources(data, where="s")
    list(sensitive_values.of_state(json.loads(data)))


def read_code(data: bytes, name: str = "main.tf") -> None:
    file = hcl.parse(data, name=name)
    list(hcl.references(file))
    overrides.declared((file,), "variable")


def read_provider_lock(data: bytes) -> None:
    text = data.decode(errors="replace")
    provider_lock.hashes(text), provider_lock.versions(text), provider_lock.constraints(text)
    provider_lock.merged(text, text, where="l")


def read_output(data: bytes) -> None:
    reader = OutputReader(ignore)
    for line in data.decode(errors="replace").splitlines():
        reader(line)
    assert reader.headline is not None
    assert reader.outputs is not None
    reader.addresses("apply_complete")


def in_file(root: Path, name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A reader of a file in a checkout."""

    def reader(data: bytes) -> object:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return read(root)

    return reader


def drift_document() -> dict[str, Any]:
    """Of one part of two."""
    remembered = [drift_results.told("prod", drift_results.run(0, unowned=1), drift_results.run(6, "error"))]
    result = drift.document(drift_results.report(shard="1/2"), DEFAULT_CALLER)
    return verb_documents.written("drift", None, {**result, "told": remembered})


SEEDS: dict[str, bytes] = {
    "infra/environments.yaml": yaml.safe_dump(projects.document(), sort_keys=False).encode(),
    "policy/code.yaml": b"schema_version: 1\nproviders:\n  registry.terraform.io/hashicorp/aws: {arguments: [region]}\n"
    b"path_arguments: {aws_s3_object: [source]}\n",
    "policy/waivers.yaml": b"schema_version: 1\nwaivers:\n- {id: code/provisioner, address: terraform_data.slow, "
    b"owner: '@acme/p', reason: until the image does it, link: 'https://example.com/1', expires: 2999-12-31}\n",
    "policy/tools/tools.lock": (projects.ROOT / "policy/tools/tools.lock").read_bytes(),
    "infra/modules.lock": (projects.ROOT / "infra/modules.lock").read_bytes(),
    "Manifest": json.dumps(MANIFEST.document()).encode(),
    "a sealed Manifest": json.dumps(manifest.sealed(MANIFEST.document(), mac)).encode(),
    "plan": (DATA / "plans/04-policy.json").read_bytes(),
    "another plan": (DATA / "plans/03-container-variable.json").read_bytes(),
    "state": json.dumps(
        {
            "version": 4,
            "lineage": "l",
            "serial": 3,
            "outputs": {"o": {"value": ["v"], "sensitive": True}},
            "resources": [
                {
                    "mode": "managed",
                    "type": "t",
                    "name": "n",
                    "module": "module.m",
                    "instances": [
                        {
                            "index_key": "k",
                            "attributes": {"a": ["b"]},
                            "sensitive_attributes": [[{"type": "get_attr", "value": "a"}]],
                        }
                    ],
                }
            ],
        }
    ).encode(),
    "main.tf": (DEV / "main.tf").read_bytes(),
    "variables.tf": (DEV / "variables.tf").read_bytes(),
    "dev.tfvars": (DEV / "dev.tfvars").read_bytes(),
    "main.tf.json": b'{"module": {"a": {"source": "git::https://h/r.git//m?ref=v1", "x": "${var.a}"}}, "variable": [{"a": {}}]}',
    "provider lock": (DEV / ".terraform.lock.hcl").read_bytes(),
    "modules.json": b'{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"git::https://h/r.git?ref=v1","Dir":"m/a"}]}',
    "note": json.dumps(
        {
            "phase": "done",
            "environment": "dev",
            "verb": "rollback",
            "target": "v1",
            "module": None,
            "reason": "r",
            "actor": "a",
            "started": "s",
            "branch": "b",
            "commit": None,
            "apply": True,
            "touched": True,
        }
    ).encode(),
    "a document of drift": json_text.document(drift_document()),
    "output": b'{"type":"outputs","outputs":{"a":{"sensitive":true,"value":"v"}}}\n{"type":"diagnostic","diagnostic":{"severity":'
    b'"error","summary":"s","detail":"d","range":{"filename":"a.tf","start":{"line":1}},"snippet":{"code":"c","start_line":1}}}\n'
    b'{"type":"change_summary","@message":"m","hook":{"resource":{"addr":"a.b"}}}',
}
SLOW = {
    "a document of drift": 12,
    "infra/environments.yaml": 8,
    "policy/tools/tools.lock": 8,
    "main.tf": 4,
    "variables.tf": 4,
    "policy/code.yaml": 3,
    "policy/waivers.yaml": 3,
    "dev.tfvars": 3,
}


def cases(name: str) -> int:
    """The share of a reader: fewer for the slow ones."""
    shares = {seed: 1 / SLOW.get(seed, 1) for seed in SEEDS}
    return math.ceil(CASES * shares[name] / sum(shares.values()))


def readers(root: Path) -> dict[str, Callable[[bytes], object]]:
    return {
        "infra/environments.yaml": in_file(root, "infra/environments.yaml", environments_file.load),
        "policy/code.yaml": in_file(root, "policy/code.yaml", code_policy_file.load),
        "policy/waivers.yaml": in_file(
            root, "policy/waivers.yaml", lambda checkout: waivers_file.load(checkout, shown_from=checkout)
        ),
        "policy/tools/tools.lock": lambda data: tools_file.parse(
            data.decode(errors="replace"), where="t", programs=PROGRAMS
        ),
        "infra/modules.lock": lambda data: module_lock.parse(data.decode(errors="replace")),
        "Manifest": read_manifest,
        "a sealed Manifest": lambda data: manifest.opened(json.loads(data), mac, where="m"),
        "plan": read_plan,
        "another plan": read_plan,
        "state": read_state,
        "main.tf": read_code,
        "variables.tf": read_code,
        "dev.tfvars": lambda data: hcl.strings(data, name="dev.tfvars"),
        "main.tf.json": lambda data: read_code(data, "main.tf.json"),
        "provider lock": read_provider_lock,
        "modules.json": in_file(root, "modules/modules.json", module_list.read),
        "note": lambda data: rollback_note.parse(data.decode(errors="replace")),
        "a document of drift": in_file(root, "drift.json", drift_results.merged_files),
        "output": read_output,
    }


def damaged(seed: bytes, chance: random.Random) -> bytes:
    """One mutation of a seed; documents are changed by their structure half of the time."""
    if chance.random() < 0.5:
        return of_bytes(seed, chance)
    try:
        document = json.loads(seed)
        write: Callable[[Any], str] = json.dumps
    except ValueError:
        if not seed.startswith(b"schema_version"):
            return of_bytes(seed, chance)
        document, write = json.loads(json.dumps(yaml.safe_load(seed), default=str)), yaml.safe_dump
    changed = of_structure(document, chance)
    try:
        return write(changed).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError, yaml.YAMLError):
        return of_bytes(seed, chance)


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_file_is_read_or_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(trust.SETTING, raising=False)
    root = tmp_path / "checkout"
    root.mkdir()
    read, seed = readers(root)[name], SEEDS[name]
    read(seed)
    chance = random.Random(name)
    for number in range(cases(name)):
        data = damaged(seed, chance)
        try:
            read(data)
        except InfragateError:
            continue
        except ValueError:
            if name in ("Manifest", "a sealed Manifest", "state"):  # their callers parse the JSON
                continue
            raise AssertionError(f"{name}, case {number}: {data!r:.2000}") from None
        except Exception as error:
            raise AssertionError(f"{name}, case {number}: {data!r:.2000}") from error
    assert [path.name for path in tmp_path.iterdir()] == ["checkout"]
