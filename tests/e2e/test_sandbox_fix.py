"""What an error in the sandbox advises is a command in the sandbox."""

from __future__ import annotations

from pathlib import Path

from tests.e2e import product


def test_the_fix_of_an_error_in_the_sandbox_stays_in_the_sandbox(tmp_path: Path) -> None:
    with product.checkout(tmp_path / "checkout") as checkout:
        done = checkout.run("apply", "--env", "dev", "--sandbox")
    assert done.code == 3
    assert done.err.splitlines()[-1] == "fix: infragate plan --env dev --sandbox"
