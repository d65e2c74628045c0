"""release-check by its console script: each seeded mistake is caught, a release that fits is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import product
from tests.e2e.product import ROOT, Done, Product
from tests.integration.console import InProcess

from infragate.adapters.modules import module_releases
from infragate.adapters.modules.module_releases import Repository
from infragate.sandbox import module_repository

NEXT_PATCH, NEXT_MINOR = "v0.7.1", "v0.8.0"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A checkout whose modules are those of v0.7.0, the newest release it has."""
    folder = tmp_path_factory.mktemp("release")
    releases = module_releases.series(ROOT)[:3]
    repository = Repository(path=folder / "modules.git")
    newest = repository.build(releases)
    assert newest
    repository.export(newest, folder / "released")
    with product.checkout(folder / "checkout") as made:
        shutil.rmtree(made.root / "modules")
        shutil.copytree(folder / "released" / "modules", made.root / "modules")
        (made.root / "modules" / "releases").mkdir()
        for release in releases:
            shutil.copy(release.path, made.root / "modules" / "releases")
        yield InProcess(made.root, made.home, made.extra)


@pytest.fixture
def checkout(published: Product) -> Iterator[Product]:
    """What a test does to the modules is undone."""
    kept = published.home / "modules"
    shutil.copytree(published.root / "modules", kept)
    yield published
    shutil.rmtree(published.root / "modules")
    kept.rename(published.root / "modules")


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(modules: Path) -> None:
        text = (modules / name).read_text()
        assert re.search(old, text, flags=re.DOTALL), old
        (modules / name).write_text(re.sub(old, new, text, count=1, flags=re.DOTALL))

    return change


def added(name: str, text: str) -> Callable[[Path], None]:
    def change(modules: Path) -> None:
        (modules / name).write_text((modules / name).read_text() + text)

    return change


BREAKING = {
    "input removed": ("rds", "port", replaced("rds/variables.tf", r'variable "port" \{.*?\n\}\n', "")),
    "input newly required": ("alb", "idle_timeout", replaced("alb/variables.tf", r"  default     = 60\n", "")),
    "input's default changed": ("alb", "idle_timeout", replaced("alb/variables.tf", r"= 60\n", "= 90\n")),
    "output removed": ("sg", "arn", replaced("sg/outputs.tf", r'output "arn" \{.*?\n\}\n', "")),
    "address moved": ("sg", "aws_security_group.this", added(
        "sg/main.tf", "\nmoved {\n  from = aws_security_group.this\n  to   = aws_security_group.group\n}\n"
    )),
    "address removed": ("alb", "aws_lb_listener.redirect", replaced(
        "alb/main.tf", r'resource "aws_lb_listener" "redirect"', 'resource "aws_lb_listener" "http"'
    )),
    "module removed": ("vpc", "vpc", lambda modules: shutil.rmtree(modules / "vpc")),
}  # fmt: skip


def announce(checkout: Product, version: str, *modules: str, upgrade: str = "") -> None:
    """Give a version its notes."""
    for page, head, text in (
        ("CHANGELOG.md", f"## {version} (2026-12-01)", "\n".join(f"- `{module}`: it changed." for module in modules)),
        ("UPGRADE.md", f"## {version}", upgrade),
    ):
        path = checkout.root / "modules" / page
        path.write_text(path.read_text().replace("\n## v", f"\n{head}\n\n{text}\n\n## v", 1))


def judged(checkout: Product, *words: str) -> tuple[Done, dict[str, Any]]:
    done = checkout.run("release-check", "--json", *words)
    return done, done.document["result"]


def found(result: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["message"].partition(":")[0], finding["address"]) for finding in result["findings"]}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_patch_release_that_breaks_callers_is_refused(checkout: Product, kind: str) -> None:
    module, name, change = BREAKING[kind]
    change(checkout.root / "modules")
    announce(checkout, NEXT_PATCH, "rds", "alb", "sg", upgrade=f"`{name}`. Back to v0.7.0: so.")
    done, result = judged(checkout, "--version", NEXT_PATCH)
    assert done.code == 8
    assert result["needed"] == NEXT_MINOR
    assert found(result) == {(kind, module if name == module else f"{module}.{name}")}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_minor_release_that_breaks_callers_fits_with_its_notes(checkout: Product, kind: str) -> None:
    _, name, change = BREAKING[kind]
    change(checkout.root / "modules")
    announce(checkout, NEXT_MINOR, "rds", "alb", "sg", upgrade=f"`{name}`. Back to v0.7.0: so.")
    done, result = judged(checkout)
    assert (done.code, result["version"], result["findings"]) == (0, NEXT_MINOR, [])


def test_a_release_without_notes_is_refused(checkout: Product) -> None:
    BREAKING["output removed"][2](checkout.root / "modules")
    done, result = judged(checkout, "--version", NEXT_MINOR)
    assert done.code == 8
    assert found(result) == {
        ("not in the changelog", NEXT_MINOR),
        ("not in the upgrade notes", "sg.arn"),
        ("no way back in the upgrade notes", "v0.7.0"),
    }


def test_a_change_that_nobody_announced_is_refused(checkout: Product) -> None:
    added("sg/main.tf", "\n# a word\n")(checkout.root / "modules")
    done, result = judged(checkout)
    assert done.code == 8
    assert found(result) == {("not in the changelog", NEXT_PATCH)}


def test_the_modules_of_this_repository_may_be_released(published: Product) -> None:
    done = published.run("release-check", INFRAGATE_ROOT=str(ROOT))
    assert done.code == 0, done.out


def test_modules_as_they_were_released_need_no_release(checkout: Product) -> None:
    done, result = judged(checkout)
    assert (done.code, result["version"], result["previous"]) == (0, None, "v0.7.0")
    done, result = judged(checkout, "--version", NEXT_PATCH)
    assert done.code == 8
    assert ("nothing to release", "v0.7.0") in found(result)


@pytest.mark.parametrize("version", ["v0.6.0", "v0.6.1", "v0.7.0"])
def test_every_release_fits_the_one_before_it(checkout: Product, version: str) -> None:
    done, _ = judged(checkout, "--version", version)
    assert done.code == 0, done.out


def test_v0_7_0_moves_the_database_and_requires_an_input(checkout: Product) -> None:
    _, result = judged(checkout, "--version", "v0.7.0")
    breaking = {(one["module"], one["kind"], one["name"]) for one in result["changes"] if one["breaking"]}
    assert breaking == {
        ("rds", "address moved", "aws_db_instance.this"),
        ("rds", "input newly required", "data_classification"),
    }


def test_a_release_is_written_once_and_published(checkout: Product) -> None:
    added("sg/main.tf", "\n# a word \n\n")(checkout.root / "modules")
    announce(checkout, NEXT_PATCH, "sg")
    done = checkout.ok("release-check", "--write", "--json")
    assert done.document["result"]["written"] == f"modules/releases/{NEXT_PATCH}.patch"
    repository = checkout.home / "modules.git"
    module_repository.refresh(checkout.root, repository)
    refs = checkout.git("-C", str(repository), "rev-parse", f"{NEXT_PATCH}^{{commit}}", "main").split()
    assert refs[0] == refs[1]
    again = checkout.run("release-check", "--version", NEXT_PATCH, "--write")
    assert again.code == 3
    assert again.error[0] == f"error: {NEXT_PATCH} is released already"


def test_a_release_that_does_not_fit_is_not_written(checkout: Product) -> None:
    added("sg/main.tf", "\n# a word\n")(checkout.root / "modules")
    done = checkout.run("release-check", "--write")
    assert done.code == 8
    assert done.out.splitlines()[-1] == f"{NEXT_PATCH} does NOT fit; the rules are in docs/module-releases.md"
    assert not (checkout.root / "modules" / "releases" / f"{NEXT_PATCH}.patch").exists()


def test_an_edited_release_is_refused(checkout: Product) -> None:
    replaced("releases/v0.6.1.patch", "without errors", "without failures")(checkout.root / "modules")
    done = checkout.run("release-check")
    assert done.code == 7
    assert "was changed" in done.error[0]


def test_what_is_no_version_is_bad_input(checkout: Product) -> None:
    done = checkout.run("release-check", "--version", "0.8")
    assert done.code == 3
    assert done.error[2] == "fix: write it as v0.7.0"


def test_a_person_reads_what_breaks_and_what_is_missing(checkout: Product) -> None:
    BREAKING["output removed"][2](checkout.root / "modules")
    done = checkout.run("release-check", "--version", NEXT_PATCH)
    refused = done.out.index("refused: output removed: callers that read it fail; it needs v0.8.0\n")
    assert done.out[refused:].splitlines()[1] == "  where: sg.arn"
    assert done.out.splitlines()[-1] == "v0.7.1 does NOT fit; the rules are in docs/module-releases.md"


def test_stale_pages_of_modules_are_found(checkout: Product) -> None:
    replaced("sg/variables.tf", "Name of the security group", "Its name")(checkout.root / "modules")
    done = checkout.run("render", "--check", "--json")
    assert done.code == 8
    stale = [page["path"] for page in done.document["result"]["pages"] if page["state"] == "stale"]
    assert [path for path in stale if path.startswith("modules/")] == ["modules/sg/README.md"]
    assert checkout.ok("render", "--json").document["result"]["pages"]
    assert checkout.run("render", "--check").code == 0
