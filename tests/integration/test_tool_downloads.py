"""Release downloads that break, lie or are redirected."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.vendor_server import (
    Handler,
    Installer,
    Vendor,
    broken,
    claims_two_gigabytes,
    dies_half_way,
    leftovers,
    lock_text,
    missing,
    redirect,
    tampered,
    truncated,
    whole,
)

from infragate.domain.errors import Integrity, RemoteFailed


@pytest.mark.parametrize("harm", [truncated, tampered])
def test_a_harmed_file_is_an_integrity_error_and_is_removed(
    install: Installer, vendor: Vendor, tmp_path: Path, harm: Callable[[Handler, Vendor], None]
) -> None:
    vendor.steps = [harm]
    with pytest.raises(Integrity) as caught:
        install()
    assert re.search("expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}", caught.value.message)
    assert caught.value.exit_code == 7
    assert leftovers(tmp_path) == []
    assert not [path for path in tmp_path.rglob("demo") if path.is_file()]


def test_a_broken_transfer_begins_again(install: Installer, vendor: Vendor) -> None:
    vendor.steps = [dies_half_way, whole]
    assert install().source == "release"
    assert len(vendor.asked) == 2


def test_a_failed_download_leaves_nothing_and_the_next_run_begins_again(
    install: Installer, vendor: Vendor, tmp_path: Path
) -> None:
    vendor.steps = [dies_half_way, broken]
    with pytest.raises(RemoteFailed):
        install()
    assert leftovers(tmp_path) == []
    vendor.steps = [whole]
    assert install().source == "release"


def test_a_file_that_is_larger_than_any_program_is_not_fetched(
    install: Installer, vendor: Vendor, tmp_path: Path
) -> None:
    vendor.steps = [claims_two_gigabytes]
    with pytest.raises(RemoteFailed, match="larger than 1024 MB"):
        install()
    assert len(vendor.asked) == 1
    assert leftovers(tmp_path) == []


def test_a_server_that_always_dies_is_a_remote_failure(install: Installer, vendor: Vendor) -> None:
    vendor.steps = [dies_half_way]
    with pytest.raises(RemoteFailed, match="3 times"):
        install()


def test_a_missing_release_is_a_remote_failure_without_a_retry(install: Installer, vendor: Vendor) -> None:
    vendor.steps = [missing]
    with pytest.raises(RemoteFailed, match="404"):
        install()
    assert len(vendor.asked) == 1


def test_a_server_error_is_tried_again(install: Installer, vendor: Vendor) -> None:
    vendor.steps = [broken, broken, whole]
    assert install().source == "release"


def test_a_redirect_is_followed(install: Installer, vendor: Vendor) -> None:
    vendor.steps = [redirect, whole]
    install()
    assert vendor.asked[1] == "/elsewhere/demo.zip"


def test_no_server_at_all_is_a_remote_failure(install: Installer, vendor: Vendor) -> None:
    with pytest.raises(RemoteFailed, match="no connection") as caught:
        install(mirror="http://127.0.0.1:9")
    assert caught.value.exit_code == 5


def test_a_mirror_stands_in_for_the_vendor(install: Installer, vendor: Vendor) -> None:
    text = lock_text(vendor).replace(vendor.url, "https://releases.example.com")
    assert install(text=text, mirror=f"{vendor.url}/proxy/").source == "mirror"
    assert vendor.asked[0] == "/proxy/demo/1.2.3/demo_1.2.3_linux_amd64.zip"


def test_a_password_in_the_mirrors_address_is_not_shown(install: Installer, vendor: Vendor) -> None:
    vendor.steps = [missing]
    said: list[str] = []
    with pytest.raises(RemoteFailed) as caught:
        install(mirror=vendor.url.replace("//", "//robot:hunter2@"), said=said)
    assert "hunter2" not in f"{said} {caught.value.where} {caught.value.message}"


@pytest.mark.parametrize("place", ["demo/1.2.3/demo_1.2.3_linux_amd64.zip", "demo_1.2.3_linux_amd64.zip"])
def test_a_folder_stands_in_for_the_vendor(install: Installer, vendor: Vendor, tmp_path: Path, place: str) -> None:
    file = tmp_path / "mirror" / place
    file.parent.mkdir(parents=True)
    file.write_bytes(vendor.body)
    assert install(mirror=str(tmp_path / "mirror")).source == "mirror"
    assert vendor.asked == []
    assert file.is_file()


def test_a_tampered_file_of_a_folder_is_an_integrity_error(install: Installer, vendor: Vendor, tmp_path: Path) -> None:
    (tmp_path / "demo_1.2.3_linux_amd64.zip").write_bytes(vendor.body + b"!")
    with pytest.raises(Integrity, match="differs from its pin"):
        install(mirror=str(tmp_path))


def test_a_folder_without_the_release_says_which_file_it_wants(install: Installer, tmp_path: Path) -> None:
    with pytest.raises(RemoteFailed, match=r"demo_1\.2\.3_linux_amd64\.zip is not in the mirror folder"):
        install(mirror=str(tmp_path))


def test_a_program_without_a_source_build_says_that_it_is_only_a_download(install: Installer, vendor: Vendor) -> None:
    vendor.steps = [missing]
    with pytest.raises(RemoteFailed, match="has no source but the release") as caught:
        install()
    assert "--mirror" in str(caught.value.fix)
