"""An entry is added to the register; every other byte stays."""

from __future__ import annotations

import pytest
import yaml

from infragate.adapters.local import waivers_text
from infragate.domain.errors import BadInput

ENTRY = {"id": "CKV_AWS_18", "address": "aws_s3_bucket.logs", "owner": "@acme/platform", "expires": "2027-01-31"}
OLD = "id: AWS-0107"
ADDED = "id: CKV_AWS_18\n{0}  address: aws_s3_bucket.logs\n{0}  owner: '@acme/platform'\n{0}  expires: '2027-01-31'\n"


@pytest.mark.parametrize(
    ("text", "before", "indent", "after"),
    [
        ("schema_version: 1\nwaivers: []\n", "schema_version: 1\nwaivers:\n", "  ", ""),
        ("schema_version: 1\nwaivers: []  # none\n", "schema_version: 1\nwaivers:  # none\n", "  ", ""),
        ("schema_version: 1\nwaivers:\n", "schema_version: 1\nwaivers:\n", "  ", ""),
        ("schema_version: 1\n", "schema_version: 1\nwaivers:\n", "  ", ""),
        ("schema_version: 1", "schema_version: 1\nwaivers:\n", "  ", ""),
        ("waivers: []\nschema_version: 1\n", "waivers:\n", "  ", "schema_version: 1\n"),
        (f"schema_version: 1\nwaivers:\n- {OLD}\n", f"schema_version: 1\nwaivers:\n- {OLD}\n", "", ""),
        (f"schema_version: 1\nwaivers:\n   -   {OLD}", f"schema_version: 1\nwaivers:\n   -   {OLD}\n", "   ", ""),
        (
            f"schema_version: 1\nwaivers:\n  - {OLD}  # why\n\n  # the end\n",
            f"schema_version: 1\nwaivers:\n  - {OLD}  # why\n",
            "  ",
            "\n  # the end\n",
        ),
        (
            f"waivers:\n  - {{{OLD},\n     owner: kim}}\nschema_version: 1\n",
            f"waivers:\n  - {{{OLD},\n     owner: kim}}\n",
            "  ",
            "schema_version: 1\n",
        ),
        (
            "schema_version: 1\nwaivers:\n  - reason: |\n      two\n      lines\n",
            "schema_version: 1\nwaivers:\n  - reason: |\n      two\n      lines\n",
            "  ",
            "",
        ),
    ],
)
def test_the_entry_goes_to_the_end_of_the_list(text: str, before: str, indent: str, after: str) -> None:
    assert waivers_text.with_entry(text, ENTRY) == f"{before}{indent}- {ADDED.format(indent)}{after}"


def test_line_ends_stay_those_of_the_file() -> None:
    text = f"schema_version: 1\r\nwaivers:\r\n  - {OLD}\r\n"
    added = waivers_text.with_entry(text, ENTRY)
    assert added.startswith(text)
    assert added.count("\n") == added.count("\r\n") == 7


def test_an_entry_may_follow_an_entry() -> None:
    twice = waivers_text.with_entry(waivers_text.with_entry(waivers_text.EMPTY, ENTRY), {**ENTRY, "id": "x: #y"})
    assert [entry["id"] for entry in yaml.safe_load(twice)["waivers"]] == ["CKV_AWS_18", "x: #y"]


@pytest.mark.parametrize("text", [f"schema_version: 1\nwaivers: [{{{OLD}}}]\n", "{schema_version: 1, waivers: []}\n"])
def test_a_list_on_one_line_is_left_to_a_person(text: str) -> None:
    with pytest.raises(BadInput, match="cannot add"):
        waivers_text.with_entry(text, ENTRY)
