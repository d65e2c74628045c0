from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infragate.adapters.local import trust
from infragate.domain.errors import BadInput


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the files that decide."""
    root = tmp_path / "checkout"
    for name in ("infra/environments.yaml", "policy/tools/tools.lock", "policy/tools/demo/go.mod", "infra/other.tf"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


@pytest.fixture
def base(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The trusted root, which is the same to begin with."""
    trusted = checkout.with_name("base")
    shutil.copytree(checkout, trusted)
    monkeypatch.setenv(trust.SETTING, str(trusted))
    return trusted


def test_without_the_setting_a_checkout_is_trusted_as_it_is(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(trust.SETTING, raising=False)
    assert (trust.root(checkout), trust.changed(checkout)) == (checkout, ())


def test_the_named_folder_is_the_trusted_one(checkout: Path, base: Path) -> None:
    assert (trust.root(checkout), trust.changed(checkout)) == (base, ())


def test_a_change_of_what_decides_is_named(checkout: Path, base: Path) -> None:
    (checkout / "infra/environments.yaml").write_text("other")
    (checkout / "policy/tools/demo/go.sum").write_text("more")
    (checkout / "policy/tools/tools.lock").unlink()
    assert trust.changed(checkout) == (
        "infra/environments.yaml",
        "policy/tools/demo/go.sum",
        "policy/tools/tools.lock",
    )


def test_what_runs_the_checks_is_named_where_the_trusted_root_has_it(checkout: Path, base: Path) -> None:
    for place, text in ((base, "the rendered projects"), (checkout, "others")):
        (place / "atlantis.yaml").write_text(text)
    (checkout / "tasks.py").write_text("not in an image of a server")
    assert trust.changed(checkout) == ("atlantis.yaml",)


def test_a_link_in_the_place_of_a_deciding_file_is_a_change(checkout: Path, base: Path) -> None:
    (checkout / "infra/environments.yaml").unlink()
    (checkout / "infra/environments.yaml").symlink_to(base / "infra/environments.yaml")
    assert trust.changed(checkout) == ("infra/environments.yaml",)


def test_what_decides_nothing_may_differ(checkout: Path, base: Path) -> None:
    (checkout / "infra/other.tf").write_text("other")
    assert trust.changed(checkout) == ()


@pytest.mark.parametrize("given", ["base", "/nowhere/at/all", "{checkout}", "{checkout}/policy", "{checkout}/out"])
def test_a_folder_that_is_none_or_of_the_checkout_is_refused(
    checkout: Path, base: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (checkout / "out").symlink_to(base)
    monkeypatch.setenv(trust.SETTING, given.format(checkout=checkout))
    monkeypatch.chdir(base.parent)
    with pytest.raises(BadInput) as caught:
        trust.root(checkout)
    assert caught.value.where == f"{trust.SETTING}={given.format(checkout=checkout)}"
