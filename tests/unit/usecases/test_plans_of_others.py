"""`--plan FILE` with a file of anybody: it is read right, or refused with a message that says what it is."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from tests.unit import gate_results

from infragate.domain.errors import BadInput
from infragate.report import plan_summary
from infragate.usecases.gate import gated_plan

ROOT = Path(__file__).parents[3]
RECORDED = sorted((ROOT / "tests" / "data" / "versions").glob("*.json"))
KEYS = ("a.b", 'a["x"]', "한글 키", "it's <b>", "data.x", "module.x.y")
PLAN: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "plans" / "fileflow-dev.json").read_text())
TEXT = json.dumps(PLAN)
LOG = '{"@level":"info","@message":"Terraform 1.11.4","type":"version"}\n'


def of(folder: Path, data: bytes) -> gated_plan.GatedPlan:
    path = folder / "given.json"
    path.write_bytes(data)
    return gated_plan.of_file(path)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_the_counts_of_another_version_are_right(path: Path) -> None:
    # add, change, destroy, replace, import, move, forget, unchanged, outputs: as its own `plan` says
    assert astuple(gated_plan.of_file(path).plan.summary) == (8, 1, 2, 1, 1, 1, 0, 9, 3)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_odd_keys_stay_as_they_are_written(path: Path) -> None:
    entries = gated_plan.of_file(path).document["resource_changes"]
    assert {entry["index"] for entry in entries if entry["name"] == "keyed"} == set(KEYS)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_no_secret_of_another_version_is_shown(path: Path) -> None:
    assert b"canary-s3cr3t-44" in path.read_bytes()
    shown = gate_results.printer("not-in-the-plan").document_bytes(plan_summary.document(gated_plan.of_file(path).plan))
    assert b"terraform_data.updated" in shown
    assert b"canary-s3cr3t-44" not in shown


READ: dict[str, Callable[[str], bytes]] = {
    "with a byte order mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "in UTF-16, little end first": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "in UTF-16, big end first": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "with the line ends of Windows": lambda text: json.dumps(json.loads(text), indent=2).replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("form", READ)
def test_a_plan_is_read_in_each_form_in_which_shells_write_it(form: str, tmp_path: Path) -> None:
    assert of(tmp_path, READ[form](TEXT)).plan.summary.add == 34


REFUSED: dict[str, tuple[bytes, str]] = {
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "UTF-16 text or no text"),
    "an archive": (gzip.compress(TEXT.encode()), "UTF-16 text or no text"),
    "a plan file": (b"PK\x03\x04", "Terraform's plan file, not its JSON"),
    "the wrapper of setup-terraform": (f"[command]/x/terraform-bin show\n{TEXT}".encode(), "terraform_wrapper: false"),
    "a line of another program": (f"Using `terraform` wrapper\n{TEXT}".encode(), "'Using `terraform` wrapper'"),
    "a line after the plan": (f"{TEXT}\n::debug::exit 0".encode(), "unexpected content after document"),
    "two plans": (f"{TEXT}\n{TEXT}".encode(), "unexpected content after document"),
    "half a plan": (TEXT[:-100].encode(), "it is not JSON"),
    "a log": (f"{LOG}{LOG}".encode(), "the log of `terraform plan -json`"),
    "a line of a log": (LOG.encode(), "the log of `terraform plan -json`"),
    "a state that is shown": (
        b'{"format_version": "1.0", "terraform_version": "1.9.0", "values": {}}',
        "it is a state",
    ),
    "a state file": (b'{"version": 4, "lineage": "x", "serial": 1}', "it is a state file"),
    "a validation": (b'{"format_version": "1.0", "valid": true}', "terraform validate -json"),
    "schemas": (b'{"format_version": "1.0", "provider_schemas": {}}', "terraform providers schema -json"),
    "a redacted plan": (b'{"plan_format_version": "1.1", "resource_changes": []}', "redacted plan of HCP Terraform"),
    "an old format": (
        json.dumps({**PLAN, "format_version": "0.2", "terraform_version": "1.0.11"}).encode(),
        r"`format_version` is '0.2' (of Terraform 1.0.11)",
    ),
    "a failed plan": (b'{"format_version": "1.2", "errored": true}', "marked as errored"),
    "a key twice": (f'{TEXT[:-1]}, "resource_changes": []}}'.encode(), "the key 'resource_changes' twice"),
    "a key in two spellings": (f'{TEXT[:-1]}, "Resource_Changes": []}}'.encode(), "a key in two spellings"),
    "half of a surrogate pair": (rf'{TEXT[:-1]}, "x": "\ud800", "y": 0.12345678901234567890}}'.encode(), "not JSON"),
    "a number beyond all bounds": (f'{TEXT[:-1]}, "x": 1e400}}'.encode(), "not JSON"),
    "no number": (f'{TEXT[:-1]}, "x": NaN}}'.encode(), "not JSON"),
    "no UTF-8": (TEXT.encode() + b"\xff", "not JSON"),
    "depth": (f'{TEXT[:-1]}, "x": {"[" * 10**5}{"]" * 10**5}}}'.encode(), "not JSON"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_plan_is_refused_by_its_name(form: str, tmp_path: Path) -> None:
    data, said = REFUSED[form]
    with pytest.raises(BadInput) as caught:
        of(tmp_path, data)
    assert said in caught.value.message
    assert "terraform show -json" in str(caught.value.fix)
