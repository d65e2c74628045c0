"""Comments that switch checks off, as far as the change adds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from infragate.adapters import git
from infragate.domain.finding import Finding
from infragate.domain.gate import skip_comments
from infragate.domain.terraform.code_module import CodeModule


def findings(root: Path, modules: Iterable[CodeModule], base: str | None) -> Iterator[Finding]:
    """A Finding for each such comment in the checkout's own code that its base has not.

    Args:
        base: the commit of the policy bundle; None for the last commit of the checkout.
    """
    texts = {file.name: file.text for module in modules if not module.fetched for file in module.files}
    for name, text in sorted(texts.items()):
        if any(skip_comments.findings(name, text)):
            yield from skip_comments.findings(name, text, git.file_at(root, base or "HEAD", name) or "")
