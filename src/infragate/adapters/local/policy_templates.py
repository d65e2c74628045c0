"""The policy templates of a checkout, from which the roles of `infra/bootstrap` are rendered."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters.local import files
from infragate.domain.bootstrap.role_policies import TEMPLATE_NAMES, TEMPLATE_SUFFIX, Templates

FOLDER = Path("infra") / "bootstrap" / "policies"


def read(checkout: Path) -> Templates:
    """Text of each template, by name; a missing file is left out, and rendering reports it."""
    texts = {name: files.read(checkout / FOLDER / f"{name}{TEMPLATE_SUFFIX}") for name in TEMPLATE_NAMES}
    return {name: text for name, text in texts.items() if text is not None}
