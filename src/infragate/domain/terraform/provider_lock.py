"""The text of `.terraform.lock.hcl`, which Terraform always writes in the same format."""

from __future__ import annotations

import re

from infragate.domain.errors import Integrity

_BLOCK = re.compile(r'^provider "(?P<address>[^"]+)" \{\n(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
_HASHES = re.compile(r"^  hashes = \[\n(?P<lines>.*?)^  \]\n", re.MULTILINE | re.DOTALL)
_VERSION = re.compile(r'^  version\s*=\s*"([^"]+)"', re.MULTILINE)
_CONSTRAINTS = re.compile(r'^  constraints\s*=\s*"([^"]+)"', re.MULTILINE)
_SOURCE = re.compile(r'\bsource"?\s*[=:]\s*"([^"]+)"')
_REQUIRED = re.compile(r'\bversion"?\s*[=:]\s*"([^"]+)"')
_HASH = re.compile(r'"((?:h1|zh):[^"]+)"')


def hashes(text: str) -> frozenset[tuple[str, str]]:
    """Each provider's address with each of its checksums."""
    return frozenset(
        (block["address"], digest) for block in _BLOCK.finditer(text) for digest in _HASH.findall(block["body"])
    )


def versions(text: str) -> dict[str, str]:
    """The locked version of each provider."""
    return {block["address"]: match[1] for block in _BLOCK.finditer(text) if (match := _VERSION.search(block["body"]))}


def constraints(text: str) -> dict[str, str]:
    """The constraints of each provider; "" if it has none."""
    found = ((block["address"], _CONSTRAINTS.search(block["body"])) for block in _BLOCK.finditer(text))
    return {owner: match[1] if match else "" for owner, match in found}


def without(text: str, address: str) -> str:
    """The file without one provider."""
    return _BLOCK.sub(lambda match: "" if match["address"] == address else match[0], text)


def address(name: str, requirement: str) -> str:
    """The full address of an entry of `required_providers`, whose right side is `requirement`."""
    match = _SOURCE.search(requirement)
    source = match[1].lower() if match else f"hashicorp/{name}"
    return source if source.count("/") == 2 else f"registry.terraform.io/{source}"


def version(requirement: str) -> str:
    """The version constraint of an entry of `required_providers`; "" if it has none."""
    match = _REQUIRED.search(requirement)
    return match[1] if match else ""


def without_hashes(text: str) -> str:
    """The same providers and versions: Terraform then records the checksums of what it fetches, and no others."""
    return _HASHES.sub("", text)


def merged(before: str, fetched: str, *, where: str) -> str:
    """The fetched lock with the checksums of both.

    Raises:
        Integrity: a provider has recorded checksums, and no fetched package has one of them: it is another build.
    """
    recorded, new = hashes(before), hashes(fetched)

    def block(match: re.Match[str]) -> str:
        address = match["address"]
        old, now = ({digest for owner, digest in each if owner == address} for each in (recorded, new))
        if old and not old & now:
            raise Integrity(
                f"no fetched package of {address} has a recorded checksum: it is another build of that version",
                where=where,
                fix="ask who publishes the mirror; the registry has the signed packages",
            )
        lines = "".join(f'    "{digest}",\n' for digest in sorted(old | now))
        return match[0].replace(_listed(match["body"]), f"  hashes = [\n{lines}  ]\n")

    return _BLOCK.sub(block, fetched)


def _listed(body: str) -> str:
    found = _HASHES.search(body)
    return found[0] if found else ""
