from __future__ import annotations

from pathlib import Path

import pytest

from infragate.adapters.local import seal
from infragate.domain.cloud import AWS


def test_a_secret_in_a_file_seals_as_the_same_secret_in_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "a secret of a server, long enough"
    (tmp_path / "seal").write_text(f"{secret}\n")
    monkeypatch.setenv("PLAN_SEAL", secret)
    macs = set()
    for setting in (f"file:{tmp_path / 'seal'}", "env:PLAN_SEAL"):
        monkeypatch.setenv(seal.SETTING, setting)
        macs.add(seal.mac(b"content", cloud=AWS))
    monkeypatch.setenv(seal.SETTING, "user")
    assert len(macs) == 1
    assert seal.mac(b"content", cloud=AWS) not in macs
