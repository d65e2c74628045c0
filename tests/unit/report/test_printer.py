from __future__ import annotations

import io
import json
import os
import sys

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.errors import InfragateError
from infragate.domain.redaction import Masker
from infragate.report.printer import Mode, Printer

SECRET = "hunter2-do-not-show"
Capture = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


def printer(
    mode: Mode = "plain", *, colour: bool = False, quiet: bool = False, secrets: tuple[str, ...] = ()
) -> Printer:
    return Printer(mode=mode, colour=colour, masker=Masker(secrets), quiet=quiet)


def test_the_result_goes_to_stdout_and_progress_to_stderr(capsys: Capture) -> None:
    speaking = printer()
    speaking.line("result")
    speaking.progress("working")
    speaking.warning("careful")
    assert capsys.readouterr() == ("result\n", "working\nwarning: careful\n")


def test_a_quiet_printer_keeps_the_result_off_stdout(capsys: Capture) -> None:
    speaking = printer(quiet=True)
    speaking.line("result")
    speaking.heading("title")
    speaking.table(("a",), [("b",)])
    speaking.progress("working")
    assert capsys.readouterr() == ("", "working\n")


def test_an_error_is_three_lines_on_stderr(capsys: Capture) -> None:
    printer().error(InfragateError("it broke", where="infra/x.tf:3", fix="infragate doctor"))
    assert capsys.readouterr() == ("", "error: it broke\nwhere: infra/x.tf:3\nfix: infragate doctor\n")


def test_an_error_without_a_place_or_a_fix_has_three_lines_all_the_same(capsys: Capture) -> None:
    printer().error(InfragateError("it broke"))
    assert capsys.readouterr().err.splitlines() == ["error: it broke", "where: infragate", "fix: infragate doctor"]


def test_an_error_of_many_lines_is_one_line(capsys: Capture) -> None:
    printer().error(InfragateError("it\n  broke\r\nbadly", where="a\nb", fix="c\n\nd"))
    assert capsys.readouterr().err.splitlines() == ["error: it broke badly", "where: a b", "fix: c d"]


def test_a_plain_table_is_one_record_a_line_with_nothing_cut(capsys: Capture) -> None:
    long = "x" * 300
    printer().table(("name", "value", "note"), [("a", 1, long), ("b", "", "two\nlines")])
    assert capsys.readouterr().out.splitlines() == [f"a  1  {long}", "b  two lines"]


def test_a_plain_heading_is_marked(capsys: Capture) -> None:
    printer().heading("dev")
    assert capsys.readouterr().out == "# dev\n"


@pytest.mark.parametrize("mode", ["plain", "github"])
def test_a_log_has_no_escapes(capsys: Capture, mode: Mode) -> None:
    speaking = printer(mode, colour=False)
    speaking.heading("title")
    speaking.line("\x1b[31mforeign\x1b[0m\r\x07", "bad")
    speaking.table(("a",), [("b",)], ("good",))
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "foreign\n" in shown.out


def test_a_person_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", stream := Terminal())
    printer("person", colour=True).line("gone", "bad")
    assert stream.getvalue() == "\x1b[1;31mgone\x1b[0m\n"


def test_text_in_square_brackets_is_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", stream := Terminal())
    speaking = printer("person", colour=True)
    speaking.line('aws_subnet.a["x"] [bold]', "good")
    speaking.table(("address",), [('aws_subnet.a["x"] [bold]',)])
    assert stream.getvalue().count('["x"] [bold]') == 2


def test_a_pipe_gets_no_colours_even_when_they_are_allowed(capsys: Capture) -> None:
    printer("person", colour=True).line("gone", "bad")
    assert capsys.readouterr().out == "gone\n"


# GitHub's log commands.


def test_an_error_on_github_is_an_annotation_and_three_lines(capsys: Capture) -> None:
    printer("github").error(InfragateError("100%\nbroken"))
    assert capsys.readouterr().err.splitlines() == [
        "::error::100%25%0Abroken",
        "error: 100% broken",
        "where: infragate",
        "fix: infragate doctor",
    ]


def test_a_warning_on_github_is_an_annotation(capsys: Capture) -> None:
    printer("github").warning("careful")
    assert capsys.readouterr().err == "::warning::careful\n"


@pytest.mark.parametrize("command", ["::error::x", "::add-mask::x", "a\n  ::stop-commands::x", "##[error]x"])
def test_foreign_text_gives_github_no_commands(capsys: Capture, command: str) -> None:
    speaking = printer("github")
    speaking.line(command)
    speaking.heading(command)
    speaking.progress(command)
    speaking.table(("a",), [(command,)])
    shown = capsys.readouterr()
    for line in (shown.out + shown.err).splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@given(st.text(st.sampled_from(":\n\r #[\x1b\x07e%"), max_size=15))
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_annotation_is_one_command_whatever_it_says(capsys: Capture, text: str) -> None:
    speaking = printer("github")
    speaking.warning(text)
    speaking.error(InfragateError(text, where=text, fix=text))
    commands = [line for line in capsys.readouterr().err.split("\n") if line.lstrip().startswith("::")]
    assert [line.split("::")[1] for line in commands] == ["warning", "error"]


# Secrets.


@pytest.mark.parametrize("mode", ["plain", "github", "person"])
@pytest.mark.parametrize(
    "secret", [SECRET, "100%-secret", "two\nlines-of-it", "two\r\nlines-of-it", 'with "quotes"', "spaces  between"]
)
def test_a_known_secret_reaches_no_stream(capsys: Capture, mode: Mode, secret: str) -> None:
    speaking = printer(mode, secrets=(secret,))
    text = f"before {secret} after"
    speaking.line(text)
    speaking.heading(text)
    speaking.table((text,), [(text,)])
    speaking.progress(text)
    speaking.warning(text)
    speaking.error(InfragateError(text, where=text, fix=text))
    speaking.document({"error": {"message": text}})
    shown = capsys.readouterr()
    assert "***" in shown.out
    assert "***" in shown.err
    for part in (
        secret,
        " ".join(secret.split()),
        secret.replace("%", "%25").replace("\n", "%0A"),
        json.dumps(secret)[1:-1],
    ):
        assert part not in shown.out + shown.err


@pytest.mark.parametrize("width", ["80", "160"])
def test_no_table_breaks_a_word(monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    address = 'module.database["ap-northeast-2"].aws_vpc_security_group_ingress_rule.from["10.0.0.0/8"]'
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setattr("sys.stdout", out := Terminal())
    printer("person", colour=True).table(("address", "note"), [(address, "is open to everybody")])
    assert address in out.getvalue()


def test_a_known_secret_is_hidden_in_a_coloured_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", stream := Terminal())
    printer("person", colour=True, secrets=(SECRET,)).table(("a",), [(SECRET,)])
    assert SECRET not in stream.getvalue()


def test_what_another_program_asked_for_is_printed_as_it_is(capsys: Capture) -> None:
    printer(quiet=True, secrets=(SECRET,)).raw(json.dumps({"key": SECRET}))
    assert json.loads(capsys.readouterr().out) == {"key": SECRET}


# Streams that fail.


def test_a_document_is_json_on_stdout(capsys: Capture) -> None:
    printer(quiet=True).document({"name": "배포", "at": object})
    assert json.loads(capsys.readouterr().out)["name"] == "배포"


def test_a_reader_that_has_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        speaking = printer()
        for _ in range(3):
            speaking.line("x" * 100_000)


def test_a_terminal_without_unicode_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    printer().line("배포 done")
    assert raw.getvalue() == b"\\ubc30\\ud3ec done\n"
