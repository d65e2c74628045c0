"""The comments beside a pin by commit id: they name its version, and must name the new one afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from infragate.domain.modules import release_tag
from infragate.domain.modules.pin_change import Edit
from infragate.domain.terraform.hcl_syntax import Block, ConfigurationFile, Span

# Parts of other names are left alone: of `2024.1.0.0`, `other/v1.0.0`, `v1.0.0-rc1`.
_BEFORE, _AFTER = r"(?<![0-9A-Za-z._/@+-])", r"(?![0-9A-Za-z_/@+]|[.-][0-9A-Za-z])"


def edits(
    file: ConfigurationFile, block: Block, comments: Sequence[Span], old: Iterable[str], new: str
) -> tuple[Edit, ...]:
    """The edits of the comments beside a call's source or its block.

    Args:
        comments: all comments of the file, in order.
        old: the tags at the old commit; a comment that names none of them stays as it is.
        new: the new tag.
    """
    near = list(_near(file.content, block, comments))
    for names in _forms(old, new):
        pattern = re.compile(_BEFORE + "(?:" + "|".join(re.escape(name) for name in names) + ")" + _AFTER)
        matches = [
            Edit(
                path=file.path,
                start=span.start + len(text[: match.start()].encode()),
                end=span.start + len(text[: match.end()].encode()),
                replacement=names[match.group()].encode(),
            )
            for span in near
            for text in [file.content[span.start : span.end].decode()]
            for match in pattern.finditer(text)
        ]
        if matches:
            return tuple(matches)
    return ()


def _forms(old: Iterable[str], new: str) -> Iterator[dict[str, str]]:
    """What a comment may call the old version, and what it is called now: `a/v1.0.0`, else `v1.0.0`, else `1.0.0`."""
    before = sorted(
        (release for tag in old if (release := release_tag.parse(tag))), key=lambda release: -len(release.text)
    )
    after = release_tag.parse(new)
    version = after.version if after else new
    if before:
        yield {release.text: new for release in before}
        yield {release.version: version for release in before}
    if bare := {
        name: version.removeprefix("v") for release in before if "." in (name := release.version.removeprefix("v"))
    }:
        yield bare


def _near(content: bytes, block: Block, comments: Sequence[Span]) -> Iterator[Span]:
    source = block.attribute("source")
    if source is None:
        return
    above = {*_above(content, source.span.start, comments), *_above(content, block.span.start, comments)}
    for comment in comments:
        inside = source.span.start <= comment.start < source.span.end
        behind = any(
            end <= comment.start and b"\n" not in content[end : comment.start]
            for end in (source.span.end, block.span.end)
        )
        if inside or behind or comment.start in above:
            yield comment


def _above(content: bytes, start: int, comments: Sequence[Span]) -> Iterator[int]:
    """The starts of the comments right before a position: on its line, or alone on the lines above it."""
    for comment in reversed(comments):
        between = content[comment.end : start]
        if comment.end > start:
            continue
        line = content[: comment.start].rpartition(b"\n")[2]
        if between.strip() or between.count(b"\n") > 1 or (b"\n" in between and line.strip()):
            return
        yield comment.start
        start = comment.start
