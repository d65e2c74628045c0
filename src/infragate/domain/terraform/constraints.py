"""Terraform's version constraints (https://developer.hashicorp.com/terraform/language/expressions/version-constraints)."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_ONE = re.compile(r"^\s*(=|!=|>=|<=|>|<|~>)?\s*v?([0-9A-Za-z.+-]+)\s*$")
_OPERATORS = {None: "==", "=": "=="}


def allows(constraint: str, version: str, *, of_provider: bool) -> bool:
    """Whether a version fulfils a constraint; an empty one allows all.

    Args:
        of_provider: Terraform 1.11.4 reads `~> 4` of a provider as `~> 4.0`, and of itself as `>= 4` (both tried).

    Raises:
        ValueError: one of them is none.
    """
    try:
        wanted = SpecifierSet(",".join(_specifier(part, of_provider) for part in constraint.split(",") if part.strip()))
        return wanted.contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion) as broken:
        raise ValueError(str(broken)) from broken


def _specifier(part: str, of_provider: bool) -> str:
    found = _ONE.match(part)
    if found is None:
        raise ValueError(f"{part!r} is no version constraint")
    operator, version = found.groups()
    if operator == "~>" and "." not in version:
        return f"~={version}.0" if of_provider else f">={version}"
    if operator == "~>":
        return f"~={version}"
    return f"{_OPERATORS.get(operator, operator)}{version}"
