"""The text of a provider lock file, completed."""

from __future__ import annotations

import pytest

from infragate.domain.errors import Integrity
from infragate.domain.terraform import provider_lock

HEAD = "# maintained\n\n"
BLOCK = 'provider "registry.terraform.io/acme/{}" {{\n  version     = "1.0.0"\n  constraints = "1.0.0"\n{}}}\n'


def lock(**providers: str) -> str:
    return HEAD + "\n".join(BLOCK.format(name, hashes(*digests.split())) for name, digests in providers.items())


def hashes(*digests: str) -> str:
    return "".join(["  hashes = [\n", *(f'    "{digest}",\n' for digest in digests), "  ]\n"]) if digests else ""


def test_the_checksums_of_both_are_kept_in_order_for_each_provider() -> None:
    before, fetched = lock(a="h1:b zh:1", b="h1:x"), lock(a="h1:a h1:b", b="h1:x h1:y")
    assert provider_lock.merged(before, fetched, where="x") == lock(a="h1:a h1:b zh:1", b="h1:x h1:y")


def test_without_checksums_the_rest_of_the_file_stays() -> None:
    assert provider_lock.without_hashes(lock(a="h1:b zh:1")) == lock(a="")


def test_a_provider_without_recorded_checksums_gets_its_first_ones() -> None:
    assert provider_lock.merged(lock(a=""), lock(a="h1:a"), where="x") == lock(a="h1:a")


def test_another_build_of_the_version_is_refused() -> None:
    with pytest.raises(Integrity, match="acme/b"):
        provider_lock.merged(lock(a="h1:a", b="h1:a"), lock(a="h1:a", b="h1:z"), where="x")
