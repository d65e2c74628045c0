"""Terraform's version constraints (https://developer.hashicorp.com/terraform/language/expressions/version-constraints)."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_CONSTRAINT = re.compile(r"^\s*(=|!=|>=|<=|>|<|~>)?\s*v?([0-9A-Za-z.+-]+)\s*$")
_EXACT = re.compile(r"\s*=?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+][0-9A-Za-z.+-]+)?\s*")
_OPERATORS = {None: "==", "=": "=="}


def allows(constraint: str, version: str, *, of_provider: bool) -> bool:
    """True if the version satisfies the constraint; an empty constraint allows all versions.

    Args:
        of_provider: Terraform 1.11.4 reads `~> 4` of a provider as `~> 4.0`, and of itself as `>= 4` (both tried).

    Raises:
        ValueError: the constraint or the version is invalid.
    """
    try:
        specifiers = SpecifierSet(
            ",".join(_specifier(part, of_provider) for part in constraint.split(",") if part.strip())
        )
        return specifiers.contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion) as broken:
        raise ValueError(str(broken)) from broken


def exact(constraint: str) -> str | None:
    """The only version that the constraint allows, with three numbers as Terraform writes it; else None."""
    match = _EXACT.fullmatch(constraint)
    if match is None:
        return None
    numbers = ".".join(str(int(number or 0)) for number in match.groups()[:3])
    return numbers + (match[4] or "")


def _specifier(part: str, of_provider: bool) -> str:
    match = _CONSTRAINT.match(part)
    if match is None:
        raise ValueError(f"not a version constraint: {part!r}")
    operator, version = match.groups()
    if operator == "~>" and "." not in version:
        return f"~={version}.0" if of_provider else f">={version}"
    if operator == "~>":
        return f"~={version}"
    return f"{_OPERATORS.get(operator, operator)}{version}"
