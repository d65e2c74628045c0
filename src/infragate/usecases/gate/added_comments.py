"""Comments that switch checks off, as far as the change adds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import files
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.domain.finding import Finding
from infragate.domain.gate import skip_comments
from infragate.domain.terraform.code_module import CodeModule


def findings(root: Path, modules: Iterable[CodeModule], bundle: PolicyBundle) -> Iterator[Finding]:
    """A Finding for each such comment in the checkout's own code that its base has not.

    Args:
        bundle: its commit is the base, or its folder, if that is a trusted root; else the last commit of the checkout.
    """
    texts = {file.name: file.text for module in modules if not module.fetched for file in module.files}
    for name, text in sorted(texts.items()):
        if any(skip_comments.findings(name, text)):
            yield from skip_comments.findings(name, text, _before(root, bundle, name) or "")


def _before(root: Path, bundle: PolicyBundle, name: str) -> str | None:
    if bundle.commit is None and bundle.folder != root:
        return files.read(files.unlinked(bundle.folder, name))
    return git.file_at(root, bundle.commit or "HEAD", name)
