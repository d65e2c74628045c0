"""`policy-test` where there is nothing to test, or nothing to test it with."""

from __future__ import annotations

from pathlib import Path

from tests.verbs.world import World

RULE = 'package main\n\ndeny contains "no" if input.never == 1\n'


def policies(folder: Path, text: str = RULE) -> str:
    (folder / "main.rego").write_text(text)
    return str(folder)


def test_a_folder_that_does_not_exist_or_has_no_policies_ends_with_3(dev: World, tmp_path: Path) -> None:
    absent = dev.run("policy-test", "--policies", str(tmp_path / "absent"))
    assert (absent.code, "there is no folder of policies" in absent.err) == (3, True)
    empty = dev.run("policy-test", "--policies", str(tmp_path))
    assert (empty.code, "have no rule" in empty.err) == (3, True)


def test_policies_in_the_old_language_end_with_3_and_say_what_rewrites_them(dev: World, tmp_path: Path) -> None:
    done = dev.run("policy-test", "--policies", policies(tmp_path, 'package main\n\ndeny[msg] { msg := "no" }\n'))
    assert (done.code, "opa fmt --write --v0-v1" in done.err) == (3, True)


def test_what_is_no_plan_ends_with_3_before_a_program_is_started(dev: World, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text("[]")
    done = dev.run("policy-test", "--policies", policies(tmp_path), "--plan", str(plan), INFRAGATE_INSTALL="never")
    assert (done.code, str(plan) in done.err) == (3, True)


def test_a_checkout_whose_sets_are_all_elsewhere_names_the_flag(dev: World) -> None:
    (dev.root / "policy" / "gate.yaml").write_text("schema_version: 1\npolicies: []\n")
    done = dev.run("policy-test")
    assert (done.code, "name one with --policies" in done.err) == (3, True)


def test_a_program_that_is_not_installed_ends_with_4(dev: World, tmp_path: Path) -> None:
    done = dev.run("policy-test", "--policies", policies(tmp_path), INFRAGATE_INSTALL="never")
    assert (done.code, "conftest" in done.err) == (4, True)
