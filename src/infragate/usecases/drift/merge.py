"""`drift-merge`: the documents of the parts of `drift --shard` become one. Nothing is looked at again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, schemas
from infragate.domain.drift import report_reading, shards
from infragate.domain.drift.report import DriftReport, StackDrift
from infragate.domain.drift.shards import WHOLE, Shard
from infragate.domain.errors import BadInput

_LIMIT = 128 * 2**20  # bytes of a document
_FIX = "give each file that --report of drift wrote in one run, once"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedDrift:
    """All parts together.

    Attributes:
        stacks: their documents, as they were written.
        told: None if no part has told anything.
        missing: the parts without a result.
        failed: why, for each document without a result.
    """

    report: DriftReport
    stacks: tuple[dict[str, Any], ...]
    told: tuple[dict[str, Any], ...] | None
    missing: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One document that has a result, and the drift in it."""

    path: Path
    shard: Shard
    started_at: datetime
    result: Mapping[str, Any]
    stacks: tuple[StackDrift, ...]

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(stack.environment for stack in self.stacks)


def run(paths: Sequence[Path]) -> MergedDrift:
    """Join the documents.

    Raises:
        BadInput: a file is no document of `drift`, or they are not parts of one whole.
    """
    documents = [(path, document_in(path)) for path in paths]
    parts = [part_of(path, document) for path, document in documents if document["result"] is not None]
    failed = tuple(_failure(path, document) for path, document in documents if document["result"] is None)
    if not parts:
        raise BadInput(failed[0] if failed else "there is nothing to merge", where="drift-merge", fix=_FIX)
    _refuse_foreign(parts)
    count, present = parts[0].shard.count, {part.shard.number for part in parts}
    missing = tuple(str(Shard(number=number, count=count)) for number in range(1, count + 1) if number not in present)
    if not missing:
        _refuse_uneven(parts)
    looked = [pair for part in parts for pair in zip(part.stacks, part.result["stacks"], strict=True)]
    looked.sort(key=lambda pair: pair[0].environment)
    told = [row for part in parts for row in part.result["told"] or ()]
    return MergedDrift(
        report=DriftReport(
            stacks=tuple(stack for stack, _ in looked),
            commit=next((stack.commit for stack, _ in looked), None),
            started_at=min(part.started_at for part in parts),
        ),
        stacks=tuple(written for _, written in looked),
        told=tuple(told) if any(part.result["told"] is not None for part in parts) else None,
        missing=missing,
        failed=failed,
    )


def document_in(path: Path, *, verbs: Collection[str] = ("drift",)) -> dict[str, Any]:
    """A document of one of these verbs.

    Raises:
        BadInput: the file is none.
    """
    content = files.content(path, limit=_LIMIT)
    if content is None:
        raise BadInput("there is no such document", where=str(path), fix=_FIX)
    try:
        document = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BadInput("the document is not JSON", where=str(path), fix=_FIX) from error
    schemas.check(document, "documents", lambda _key: str(path))
    if document["verb"] not in verbs:
        raise BadInput(
            f"this is a document of {document['verb']}, not of {' or '.join(verbs)}", where=str(path), fix=_FIX
        )
    return dict(document)


def part_of(path: Path, document: Mapping[str, Any]) -> Part:
    """What a document with a result says.

    Raises:
        BadInput: it cannot be used.
    """
    result = document["result"]
    try:
        for row in result["told"] or ():
            for entry in row["history"]:
                report_reading.instant(entry["at"])
        return Part(
            path=path,
            shard=shards.parse(result["shard"]) if result["shard"] else WHOLE,
            started_at=report_reading.instant(document["started_at"]),
            result=result,
            stacks=tuple(map(report_reading.stack, result["stacks"])),
        )
    except (ValueError, OverflowError) as error:
        raise BadInput(f"the document is unusable: {error}", where=str(path), fix=_FIX) from error
    except BadInput as error:
        raise error.amended(where=str(path), fix=_FIX) from error


def _failure(path: Path, document: Mapping[str, Any]) -> str:
    return f"{path.name} has no result: {document['error']['message']}"


def _refuse_foreign(parts: Sequence[Part]) -> None:
    """Refuse parts that are given twice, or that differ in commit or in the number of parts."""
    first, seen, commits = parts[0], dict[str, Path](), dict[str, Path]()
    for part in parts:
        where = str(part.path)
        if part.shard.count != first.shard.count:
            raise BadInput(f"the numbers of parts differ: {first.shard} and {part.shard}", where=where, fix=_FIX)
        for name in (f"part {part.shard}", *part.environments):
            if name in seen:
                raise BadInput(f"{name} is also in {seen[name]}", where=where, fix=_FIX)
            seen[name] = part.path
        commits.update({stack.commit or "no commit": part.path for stack in part.stacks})
        if len(commits) > 1:
            raise BadInput(f"drift of different commits: {', '.join(commits)}", where=where, fix=_FIX)


def _refuse_uneven(parts: Sequence[Part]) -> None:
    """Refuse parts of different Environments: the Environments of all parts, split again, must give the same parts."""
    names = [name for part in parts for name in part.environments]
    for part in parts:
        if set(part.shard.of(names)) != set(part.environments):
            message = f"part {part.shard} is not of the same Environments as the others: {', '.join(part.environments)}"
            raise BadInput(message, where=str(part.path), fix="run each part with the same --env")
