"""What all verbs share, seen from the command line: flags, exit codes, the document, the report file."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from invoke.collection import Collection
from tests.unit import projects

from infragate.domain import errors
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, InfragateError
from infragate.tasks import GROUPS, namespace
from infragate.tasks.command_line import CommandLine
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

Capture = pytest.CaptureFixture[str]
Body = Callable[[Run], Outcome]
SECRET = "hunter2-do-not-show"


@pytest.fixture(autouse=True)
def quiet_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A state folder of our own, no GitHub, and the signal handlers of before."""
    monkeypatch.setenv("INFRAGATE_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("INFRAGATE_ROOT", raising=False)
    before = signal.getsignal(signal.SIGTERM), signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
        signal.signal(number, handler)


def ended(body: Callable[..., Outcome], words: str = "", **settings: Any) -> int:
    """The exit code of `infragate demo ...` whose body this is."""
    namespace = Collection()
    namespace.add_task(verb(help={}, name="demo", **settings)(body))
    try:
        CommandLine(groups=GROUPS, version="", namespace=namespace).run(["infragate", "demo", *shlex.split(words)])
    except SystemExit as ending:
        return int(ending.code or 0)
    return 0


def answering(**outcome: Any) -> Body:
    return lambda run: Outcome(**{"result": {"a": 1}, "show": lambda printer: printer.line("shown"), **outcome})


def failing(error: BaseException) -> Body:
    def body(run: Run) -> Outcome:
        raise error

    return body


def told(number: signal.Signals) -> Body:
    def body(run: Run) -> Outcome:
        os.kill(os.getpid(), number)
        raise AssertionError("the signal was passed over")

    return body


def crash_reports(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "state").rglob("*.txt"))


def test_a_result_is_shown_and_ends_zero(capsys: Capture) -> None:
    assert ended(answering()) == 0
    assert capsys.readouterr() == ("shown\n", "")


def test_an_outcome_has_its_own_exit_code(capsys: Capture) -> None:
    assert ended(answering(status="changes", exit_code=2)) == 2


@pytest.mark.parametrize("name", ["BadInput", "ToolFailed", "RemoteFailed", "Locked", "Integrity", "Blocked"])
def test_an_error_ends_with_the_code_of_its_class_and_three_lines(capsys: Capture, name: str) -> None:
    kind: type[InfragateError] = getattr(errors, name)
    assert ended(failing(kind("it broke", where="x.tf:3", fix="inv doctor"))) == kind.exit_code
    assert capsys.readouterr() == ("", "error: it broke\nwhere: x.tf:3\nfix: inv doctor\n")


def test_a_flag_that_must_be_given_is_asked_for_with_the_choices(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def body(run: Run, env: str) -> Outcome:
        raise AssertionError("it was run")

    monkeypatch.setenv("INFRAGATE_ROOT", str(projects.ROOT))
    assert ended(body) == 3
    assert "fix: add --env with one of: dev, stg, prod" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["--nope", "--report", "surplus"])
def test_a_flag_that_does_not_exist_ends_one_in_three_lines(capsys: Capture, words: str) -> None:
    assert ended(answering(), words) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["error", "where", "fix"]


def test_a_verb_without_break_glass_may_have_flags_of_these_names() -> None:
    seen: list[str] = []

    def body(run: Run, mfa_serial: str = "") -> Outcome:
        seen.append(mfa_serial)
        return answering()(run)

    assert ended(body, "--mfa-serial arn:x") == 0
    assert seen == ["arn:x"]


# One document on stdout.


def test_json_is_exactly_one_document_on_stdout(capsys: Capture) -> None:
    assert ended(answering(), "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["verb"], made["status"], made["exit_code"], made["result"]) == ("demo", "ok", 0, {"a": 1})


def test_the_document_names_the_environment(capsys: Capture) -> None:
    def body(run: Run, env: str) -> Outcome:
        return answering()(run)

    assert ended(body, "--env dev --json") == 0
    assert json.loads(capsys.readouterr().out)["environment"] == "dev"


@pytest.mark.parametrize(
    "error",
    [BadInput("it broke"), RuntimeError("bug"), KeyboardInterrupt(), SystemExit(9)],
    ids=lambda e: type(e).__name__,
)
def test_an_error_is_exactly_one_document_on_stdout_too(capsys: Capture, error: BaseException) -> None:
    code = ended(failing(error), "--json")
    made = json.loads(capsys.readouterr().out)
    assert (made["status"], made["exit_code"], made["result"]) == ("error", code, None)
    assert code not in (0, 9)


def test_a_result_that_cannot_be_shown_is_an_error_in_the_one_document(capsys: Capture) -> None:
    def show(_printer: object) -> None:
        raise BadInput("cannot be shown")

    assert ended(answering(show=show), "--json") == 3
    assert json.loads(capsys.readouterr().out)["error"]["message"] == "cannot be shown"


# The report file.


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (answering(), 0),
        (answering(exit_code=2, status="changes"), 2),
        (failing(BadInput("it broke")), 3),
        (failing(RuntimeError("bug")), 1),
        (failing(KeyboardInterrupt()), 130),
        (told(signal.SIGTERM), 143),
        (failing(BadInput("a name that is no text: \udcff")), 3),
    ],
    ids=["ok", "changes", "error", "bug", "interrupted", "terminated", "odd-text"],
)
def test_the_report_is_written_whatever_happens(tmp_path: Path, body: Body, code: int) -> None:
    report = tmp_path / "with space.json"
    assert ended(body, f"--report='{report}'") == code
    assert json.loads(report.read_text())["exit_code"] == code
    assert report.stat().st_mode & 0o777 == 0o600


def test_the_report_is_what_stands_on_stdout(capsys: Capture, tmp_path: Path) -> None:
    ended(answering(), f"--json --report {tmp_path}/r.json")
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "r.json").read_text())


def test_a_report_that_cannot_be_written_is_an_error_of_a_run_that_went_well(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert ended(answering(), f"--json --report {tmp_path}/file/r.json") == 3
    shown = capsys.readouterr()
    assert "error: cannot write r.json" in shown.err
    assert (json.loads(shown.out)["exit_code"], json.loads(shown.out)["result"]) == (3, {"a": 1})


def test_a_report_that_cannot_be_written_does_not_hide_why_the_run_failed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert ended(failing(errors.Locked("held")), f"--report {tmp_path}/file/r.json") == 6


# What nobody expected.


def test_a_bug_ends_one_without_a_traceback_and_names_the_file_that_has_it(capsys: Capture, tmp_path: Path) -> None:
    assert ended(failing(RuntimeError("bug\nof two lines"))) == 1
    (kept,) = crash_reports(tmp_path)
    assert capsys.readouterr() == (
        "",
        f"error: unexpected RuntimeError: bug\nwhere: {kept}\nfix: this is a bug: please report it with that file\n",
    )


def test_the_file_of_a_bug_has_what_a_maintainer_needs(tmp_path: Path) -> None:
    ended(failing(RuntimeError("bug")))
    (kept,) = crash_reports(tmp_path)
    text = kept.read_text()
    assert text.startswith("infragate ")
    assert "verb demo" in text
    assert "Traceback" in text
    assert "RuntimeError: bug" in text
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_known_secret_is_in_no_file_and_on_no_stream(capsys: Capture, tmp_path: Path) -> None:
    def body(run: Run) -> Outcome:
        run.printer.masker.add(SECRET)
        raise RuntimeError(f"cannot sign in with {SECRET}")

    assert ended(body, f"--json --report {tmp_path}/r.json") == 1
    (kept,) = crash_reports(tmp_path)
    shown = capsys.readouterr()
    for text in (kept.read_text(), (tmp_path / "r.json").read_text(), shown.out, shown.err):
        assert SECRET not in text
        assert "***" in text


def test_a_bug_whose_file_cannot_be_written_is_told_all_the_same(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    assert ended(failing(RuntimeError("bug"))) == 1
    assert "where: RuntimeError (the report could not be written)" in capsys.readouterr().err


def test_a_bug_of_endless_recursion_is_a_bug_like_any_other(capsys: Capture, tmp_path: Path) -> None:
    def body(run: Run) -> Outcome:
        return body(run)

    assert ended(body) == 1
    assert "unexpected RecursionError" in capsys.readouterr().err
    assert len(crash_reports(tmp_path)) == 1


def test_a_bug_with_odd_text_is_kept(tmp_path: Path) -> None:
    assert ended(failing(RuntimeError("no text: \udcff"))) == 1
    assert len(crash_reports(tmp_path)) == 1


# Signals.


@pytest.mark.parametrize(
    ("number", "code", "words"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_ends_the_run_with_the_shells_code(
    capsys: Capture, tmp_path: Path, number: signal.Signals, code: int, words: str
) -> None:
    assert ended(told(number)) == code
    assert capsys.readouterr().err.startswith(f"error: {words}; no program was left running\n")
    assert crash_reports(tmp_path) == []


# Flags.


def test_every_verb_takes_the_sandbox_unless_it_makes_no_sense(capsys: Capture) -> None:
    seen: list[bool] = []

    def body(run: Run) -> Outcome:
        seen.append(run.sandbox)
        return answering()(run)

    assert (ended(body, "--sandbox"), ended(body), ended(body, "--sandbox", sandbox=False)) == (0, 0, 1)
    assert seen == [True, False]


def test_who_works_in_the_sandbox_is_led_back_into_it(capsys: Capture) -> None:
    assert "plan" in namespace.task_names
    ended(failing(BadInput("it broke", fix=Command("plan", env="dev"))), "--sandbox")
    assert "fix: infragate plan --env dev --sandbox\n" in capsys.readouterr().err


def test_a_program_that_was_interrupted_can_be_run_again(capsys: Capture) -> None:
    assert ended(failing(errors.Interrupted(2, "interrupted; terraform has ended"))) == 130
    assert capsys.readouterr().err.splitlines()[1:] == ["where: demo", "fix: run demo again when you are ready"]


def test_help_is_the_docstring_and_the_shared_flags(capsys: Capture) -> None:
    def body(run: Run) -> Outcome:
        """Does a thing."""
        raise AssertionError("it was run")

    namespace = Collection()
    namespace.add_task(verb(help={}, name="demo")(body))
    with pytest.raises(SystemExit) as ending:
        CommandLine(groups=GROUPS, version="", namespace=namespace).run(["infragate", "--help", "demo"])
    shown = capsys.readouterr().out
    assert ending.value.code in (0, None)
    assert all(words in shown for words in ("Does a thing.", "--json", "--report", "--sandbox"))


def test_a_secret_of_our_own_environment_is_hidden(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", SECRET)
    assert ended(failing(BadInput(f"Terraform said {SECRET}"))) == 3
    assert SECRET not in capsys.readouterr().err


DEMO = """
from invoke.collection import Collection
from infragate.tasks import GROUPS, namespace
from infragate.tasks.command_line import CommandLine
from infragate.tasks.run import Outcome
from infragate.tasks.verb import verb
namespace = Collection()
namespace.add_task(verb(help={}, name="demo")(lambda run: Outcome(result=1, show=lambda printer: printer.line("x"))))
CommandLine(groups=GROUPS, version="", namespace=namespace).run()
"""


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["text", "json"])
def test_a_result_that_cannot_be_written_is_three_lines_and_a_code(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", DEMO, "demo", *words],
            cwd=projects.ROOT / "src",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 3, done.stderr
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "where", "fix"]
    assert "No space left on device" in done.stderr


def test_the_project_is_read_from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[tuple[str, ...]] = []

    def body(run: Run) -> Outcome:
        names.append(run.project.names)
        return answering()(run)

    monkeypatch.setenv("INFRAGATE_ROOT", str(projects.ROOT))
    assert ended(body) == 0
    assert names == [("dev", "stg", "prod")]


# A signal while the end is written down.


class Disturbing:
    """A value of the result at whose writing the terminal sends a signal."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __str__(self) -> str:
        signal.raise_signal(self.number)
        return "written"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_documents_are_written_loses_neither(
    capsys: Capture, tmp_path: Path, number: signal.Signals
) -> None:
    report = tmp_path / "report.json"
    assert ended(answering(result={"a": Disturbing(number)}), f"--json --report {report}") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["result"] == json.loads(report.read_text())["result"] == {"a": "written"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_an_error_is_told_leaves_its_three_lines(capsys: Capture, number: signal.Signals) -> None:
    class Disturbed(InfragateError):
        @property
        def fix(self) -> str:
            signal.raise_signal(number)
            return "docs/x.md"

        @fix.setter
        def fix(self, _given: object) -> None:
            pass

    assert ended(failing(Disturbed("it broke", where="here"))) == 1
    assert capsys.readouterr().err == "error: it broke\nwhere: here\nfix: docs/x.md\n"
