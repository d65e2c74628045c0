"""Configuration in JSON syntax: the calls that we read are the ones that real Terraform fetches."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from infragate.adapters.modules import module_calls
from infragate.domain.errors import BadInput

A = '"a": {"source": "./m"}'
B = '"b": {"source": "./m"}'


def write(folder: Path, document: str) -> None:
    (folder / "m").mkdir()
    (folder / "m" / "main.tf").write_text('variable "x" {\n  default = 1\n}\n')
    (folder / "main.tf.json").write_text(document)


def fetched(folder: Path) -> list[str] | None:
    """The names of the calls; None where Terraform refuses the document."""
    data = folder / "data"
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_DATA_DIR": str(data), "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(["terraform", "get"], cwd=folder, env=environment, capture_output=True, check=False)
    listed = data / "modules" / "modules.json"
    entries = json.loads(listed.read_text())["Modules"] if listed.exists() else []
    return sorted(entry["Key"] for entry in entries if entry["Key"]) if done.returncode == 0 else None


def calls(folder: Path) -> list[str]:
    return sorted(call.name for call in module_calls.read(folder, relative_to=folder))


@pytest.mark.parametrize(
    "document",
    [
        f'{{"module": {{{A}}}}}',
        f'{{"module": {{{A}}}, "module": {{"b": null}}}}',
        f'{{"module": {{{A}}}, "module": {{{B}}}}}',
        '{"module": {"a": [[{"source": "./m"}]]}}',
        '{"module": {"a": [{"source": "./m"}]}}',
        f'{{"module": [{{{A}}}, {{{B}}}]}}',
        f'[{{"module": {{{A}}}}}, {{"module": {{{B}}}}}]',
        '{"module": {"a": null}}',
        '{"module": {"a": []}}',
        '{"//": "x", "module": {"a": {"source": "./m", "//": "one", "//": "two"}}}',
        r'{"m\u006fdule": {"a": {"s\u006furce": "./\u006d"}}}',
        "{}",
        "[]",
    ],
)
def test_the_calls_of_a_document_are_those_that_terraform_fetches(tmp_path: Path, document: str) -> None:
    write(tmp_path, document)
    assert calls(tmp_path) == fetched(tmp_path)


@pytest.mark.parametrize(
    "document",
    [
        f'{{"module": {{{A}, {A}}}}}',
        '{"module": {"a": [{"source": "./m"}, {"source": "./m"}]}}',
        f'[[{{"module": {{{A}}}}}]]',
        '{"module": {"a": {"source": "./m", "source": "./other"}}}',
        '{"module": {"a": {"source": "./m", "source": null}}}',
        '{"module": {"//": "x", "a": {"source": "./m"}}}',
        '{"module": "a"}',
        f'{{"module": [1, {{{A}}}]}}',
        '{"module": {"a": "x"}}',
        '"x"',
    ],
)
def test_a_document_that_terraform_refuses_is_refused(tmp_path: Path, document: str) -> None:
    write(tmp_path, document)
    assert fetched(tmp_path) is None
    with pytest.raises(BadInput):
        calls(tmp_path)
