"""The text of `.terraform.lock.hcl`, which Terraform always writes in the same format."""

from __future__ import annotations

import re

from infragate.domain.errors import Integrity

_BLOCK = re.compile(r'^provider "(?P<address>[^"]+)" \{\n(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
_HASHES = re.compile(r"^  hashes = \[\n(?P<lines>.*?)^  \]\n", re.MULTILINE | re.DOTALL)
_HASH = re.compile(r'"((?:h1|zh):[^"]+)"')


def hashes(text: str) -> frozenset[tuple[str, str]]:
    """Each provider's address with each of its checksums."""
    return frozenset(
        (block["address"], digest) for block in _BLOCK.finditer(text) for digest in _HASH.findall(block["body"])
    )


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
