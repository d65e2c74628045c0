"""Documents of parts become the document of the whole, or are refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import drift_results, verb_documents
from tests.unit.drift_results import AT, BROKEN, CLEAN, DRIFTING, LOCKED, STACKS, run, told
from tests.unit.examples import examples

from infragate.domain import exit_codes
from infragate.domain.command import DEFAULT_CALLER
from infragate.domain.drift import record, report_reading
from infragate.domain.drift.report import StackDrift
from infragate.domain.drift.shards import Shard
from infragate.domain.errors import BadInput, ToolFailed
from infragate.domain.finding import Finding, InputValue
from infragate.domain.redaction import Masker
from infragate.report import drift, drift_merge, drift_page, drift_told, drift_view, json_text
from infragate.report.printer import Printer
from infragate.usecases.drift import merge
from infragate.usecases.drift.merge import MergedDrift
from infragate.usecases.drift.telling import Told, ToldStack

Edit = Callable[[dict[str, Any]], object]


def result(stacks: Sequence[StackDrift], shard: str | None) -> dict[str, Any]:
    return drift.document(drift_results.report(*stacks, shard=shard) if stacks else _nothing(shard), DEFAULT_CALLER)


def _nothing(shard: str | None) -> Any:
    return replace(drift_results.report(shard=shard), stacks=())


def cut(stacks: Sequence[StackDrift], count: int) -> list[dict[str, Any]]:
    """The documents of all parts."""
    parts = [Shard(number=number, count=count) for number in range(1, count + 1)]
    held = {part: part.of(stack.environment for stack in stacks) for part in parts}
    return [
        verb_documents.written(
            "drift", None, result([stack for stack in stacks if stack.environment in names], str(part))
        )
        for part, names in held.items()
    ]


def merged(folder: Path, *documents: dict[str, Any]) -> MergedDrift:
    paths = [folder / f"{number}.json" for number in range(len(documents))]
    for path, document in zip(paths, documents, strict=True):
        path.write_bytes(json_text.document(document))
    return merge.run(paths)


def refused(folder: Path, *documents: dict[str, Any]) -> str:
    with pytest.raises(BadInput) as caught:
        merged(folder, *documents)
    return str(caught.value.message)


@given(st.sets(st.text("abc-1", min_size=1, max_size=4), max_size=12), st.integers(1, 6), st.randoms())
@examples(60)
def test_the_parts_add_up_to_the_whole_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], count: int, random: Any
) -> None:
    stacks = [replace(STACKS[len(name) % len(STACKS)], environment=name) for name in sorted(names)]
    documents = cut(stacks, count)
    random.shuffle(documents)
    found = merged(tmp_path_factory.getbasetemp(), *documents)
    assert found.missing == ()
    written = json.loads(json_text.document(drift_merge.document(found, DEFAULT_CALLER)))
    assert written == json.loads(json_text.document({**result(stacks, None), "missing": []}))
    codes = [exit_codes.of_drift(held, detailed=True) for held in (found.report.stacks, stacks)]
    assert codes[0] == codes[1]


def test_what_is_read_of_a_document_is_what_was_written() -> None:
    error = ToolFailed("two errors", where="dev.tfvars:3", fix="correct them").listing(
        [Finding(id="a", source="b", message="c", file="d", line=1, inputs=(InputValue(name="n", file="f"),))]
    )
    for stack in (*STACKS, replace(BROKEN, error=error), replace(CLEAN, commit=None)):
        written = result([stack], None)["stacks"][0]
        again = report_reading.stack(json.loads(json_text.document(written)))
        assert result([again], None)["stacks"][0] == written
        assert again.fingerprint == stack.fingerprint


def test_the_fingerprints_are_those_of_the_parts_though_a_secret_was_masked_in_them(tmp_path: Path) -> None:
    documents = cut([DRIFTING], 1)
    documents[0]["result"]["stacks"][0]["items"][0]["evidence"] = "***"
    documents[0]["result"]["stacks"][0]["fingerprint"] = "ab" * 32
    assert merged(tmp_path, *documents).stacks[0]["fingerprint"] == "ab" * 32


def test_a_missing_part_is_named_and_the_others_are_there(tmp_path: Path) -> None:
    found = merged(tmp_path, *cut(STACKS, 3)[:1])
    assert found.missing == ("2/3", "3/3")
    error = drift_merge.failure(found)
    assert error is not None
    assert (error.exit_code, error.message.split(":")[0]) == (3, "no result of part 2/3, 3/3")
    assert [stack.environment for stack in found.report.stacks] == ["dev", "stg"]


def test_a_part_that_failed_as_a_whole_is_missing_and_says_why(tmp_path: Path) -> None:
    failed = verb_documents.written("drift", None, None, status="error", error=ToolFailed("no terraform"))
    found = merged(tmp_path, cut(STACKS, 2)[0], failed)
    assert found.missing == ("2/2",)
    assert "1.json has no result: no terraform" in str(drift_merge.failure(found))
    assert refused(tmp_path, failed) == "0.json has no result: no terraform"


def test_what_was_told_is_told_of_all_parts(tmp_path: Path) -> None:
    documents = cut([CLEAN, DRIFTING], 2)
    assert merged(tmp_path, *documents).told is None
    documents[0]["result"]["told"] = [told("prod", run(0, unowned=1))]
    documents[1]["result"]["told"] = [told("stg")]
    rows = merged(tmp_path, *documents).told or ()
    assert [row["environment"] for row in rows] == ["prod", "stg"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda two: two[1]["result"].update(shard="2/3"), "the numbers of parts differ: 1/2 and 2/3"),
        (lambda two: two[1]["result"].update(shard="1/2"), "part 1/2 is also in"),
        (lambda two: two[1]["result"].update(shard=None), "the numbers of parts differ: 1/2 and 1/1"),
        (lambda two: two[1]["result"]["stacks"][0].update(environment="dev"), "dev is also in"),
        (lambda two: two[1]["result"]["stacks"][0].update(commit="b" * 40), "drift of different commits"),
        (lambda two: two[1]["result"]["stacks"].clear(), "part 1/2 is not of the same Environments"),
        (lambda two: two[1]["result"].update(shard="3/2"), "is not a part K/N of a whole"),
        (lambda two: two[1]["result"]["stacks"][0].update(applied_at="yesterday"), "the document is unusable"),
        (
            lambda two: two[1]["result"].update(told=[told("stg", {**run(0), "at": "2026-99-01T00:00:00+00:00"})]),
            "unusable",
        ),
        (lambda two: two[1].update(verb="plan"), "result"),
        (lambda two: two[1]["result"].pop("told"), "told"),
        (lambda two: two[1]["result"]["stacks"][0].update(status="fine"), "status"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, edit: Edit, message: str) -> None:
    documents = cut([LOCKED, CLEAN, replace(CLEAN, environment="qa")], 2)
    edit(documents)  # type: ignore[arg-type]
    assert message in refused(tmp_path, *documents)


def test_a_file_that_is_no_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for content in (None, b"{", b"[]", b'{"schema_version": 1}', b"\xff"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadInput) as caught:
            merge.run([path])
        assert caught.value.where == str(path)
    with pytest.raises(BadInput, match="there is nothing to merge"):
        merge.run([])


def test_the_history_that_was_told_of_comes_to_the_page(tmp_path: Path) -> None:
    runs = (record.of_run(CLEAN, run="a", at=AT), record.of_run(DRIFTING, run="b", at=AT + timedelta(hours=6)))
    row = ToldStack(
        environment="prod", slack="silent", issue="silent", issue_url="https://github.com/a/b/issues/7", history=runs
    )
    documents = cut([DRIFTING], 1)
    documents[0]["result"]["told"] = drift_told.document(Told(stacks=(row,), warnings=()))
    found = merged(tmp_path, *documents)
    printer = Printer(mode="plain", colour=False, masker=Masker())
    page = drift_page.page(drift_view.view(found.report, printer, told=found.told or ()))
    assert "Differences in the last 2 runs, the newest last: 0, 2" in page
    assert 'href="https://github.com/a/b/issues/7"' in page
