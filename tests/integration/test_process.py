"""Real small programs: the interpreter that runs the tests."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tests.advice import spell

from infragate.adapters.process import children
from infragate.adapters.process.outcome import Completed
from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def ended(pid: int, *, within: float = 5.0) -> bool:
    """Whether a process is gone, at once or shortly."""
    until = time.monotonic() + within
    while children.alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not children.alive(pid)


def test_output_and_code_come_back() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    argv = python(code)
    assert children.run(argv, success_codes=(3,)) == Completed(
        argv=tuple(argv), returncode=3, stdout="out\n", stderr="err\n"
    )


def test_more_output_than_a_pipe_holds_is_drained_from_both_streams() -> None:
    code = "import sys\nfor _ in range(3): sys.stdout.write('o' * 200_000); sys.stderr.write('e' * 200_000)"
    done = children.run(python(code))
    assert (len(done.stdout), len(done.stderr)) == (600_000, 600_000)


def test_lines_reach_the_sink_as_they_come() -> None:
    out = list[str]()
    children.run(python("import sys; print('a'); print('b'); print('c', file=sys.stderr)"), on_stdout=out.append)
    assert out == ["a", "b"]


def test_a_sink_that_fails_is_not_asked_again_and_the_child_goes_on() -> None:
    seen: list[str] = []

    def sink(line: str) -> None:
        seen.append(line)
        raise BrokenPipeError

    done = children.run(python("print('a\\n' * 50_000, end='')"), on_stdout=sink)
    assert seen == ["a"]
    assert len(done.stdout) == 100_000


def test_a_child_that_closes_its_own_output_is_waited_for() -> None:
    done = children.run(python("import os, sys; print('a', flush=True); os.close(1); os.close(2); os._exit(0)"))
    assert done.stdout == "a\n"


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert children.run(python("import os; os.write(1, b'a\\xffb')")).stdout == "a\ufffdb"


def test_a_child_gets_no_input() -> None:
    assert children.run(python("import sys; print(repr(sys.stdin.read()))")).stdout == "''\n"


def test_a_child_gets_exactly_the_environment_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_ARGS", "-destroy")
    done = children.run(python("import os; print(*sorted(os.environ))"), env={"A": "1", "LC_ALL": "C.UTF-8"})
    assert done.stdout == "A LC_ALL\n"


def test_a_child_leads_a_session_of_its_own() -> None:
    assert children.run(python("import os; print(os.getsid(0) == os.getpid())")).stdout == "True\n"


def test_an_argument_is_not_read_by_a_shell() -> None:
    done = children.run([*python("import sys; print(sys.argv[1])"), "$(id); `id` | cat > x"])
    assert done.stdout == "$(id); `id` | cat > x\n"


def test_a_child_runs_in_the_folder_that_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    assert children.run(python("import os; print(os.getcwd())"), cwd=folder).stdout == f"{folder}\n"


def test_another_exit_code_is_a_failed_tool_with_its_last_words() -> None:
    with pytest.raises(ToolFailed) as caught:
        children.run(python("import sys; print('noise\\nno such ref\\n', file=sys.stderr); sys.exit(9)"))
    assert caught.value.message.endswith("ended with exit code 9: no such ref")


def test_a_program_that_fails_in_silence_said_nothing() -> None:
    with pytest.raises(ToolFailed, match="exit code 1: no output"):
        children.run(python("raise SystemExit(1)"))


def test_every_exit_code_is_fine_when_the_caller_judges() -> None:
    assert children.run(python("raise SystemExit(77)"), success_codes=None).returncode == 77


def test_a_program_that_is_not_there_is_a_failed_tool() -> None:
    with pytest.raises(ToolFailed) as caught:
        children.run(["no-such-program", "plan", "-x", "secret=1"])
    assert (caught.value.message, caught.value.where, caught.value.fix) == (
        "no-such-program was not found",
        "no-such-program plan -x",
        Command("doctor"),
    )


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="nowhere was not found"):
        children.run(python(""), cwd=tmp_path / "nowhere")


def test_a_file_that_is_no_program_is_a_failed_tool(tmp_path: Path) -> None:
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\n")
    with pytest.raises(ToolFailed, match="cannot start tool: Permission denied"):
        children.run([str(program)])


def test_a_program_that_is_not_there_leaves_no_file_open(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed):  # an open file would be a warning, and a warning is an error here
        children.run(["no-such-program"], transcript=tmp_path / "log")


# Time-outs.


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ToolFailed, match=r"did not end within 0 s") as caught:
        children.run(python("import time; time.sleep(60)"), timeout=0.3)
    assert caught.value.fix == "run it again; check the network"


def test_a_timeout_ends_the_children_of_the_child_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = f"""
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path({str(note)!r}).write_text(str(child.pid))
time.sleep(60)
"""
    with pytest.raises(ToolFailed):
        children.run(python(code), timeout=1.0)
    assert ended(int(note.read_text()))


def test_a_leftover_child_that_holds_the_output_open_does_not_outlast_the_timeout(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(ToolFailed, match="did not end"):
        children.run(["sh", "-c", 'sleep 60 & echo $! > "$0"', str(note)], timeout=0.5)
    assert ended(int(note.read_text()))


# Transcripts: output through files, so that the child outlives its reader.


def test_a_transcript_holds_what_was_printed_and_so_does_the_result(tmp_path: Path) -> None:
    log = tmp_path / "apply.log"
    code = "import sys; print('out'); print('no newline', end=''); print('err', file=sys.stderr)"
    lines: list[str] = []
    done = children.run(python(code), transcript=log, on_stdout=lines.append)
    assert (log.read_text(), log.with_name("apply.log.err").read_text()) == ("out\nno newline", "err\n")
    assert (done.stdout, done.stderr, lines) == ("out\nno newline", "err\n", ["out", "no newline"])


def test_a_character_that_is_written_in_two_pieces_stays_whole(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "for piece in 'aws_x.y[\"\ud55c\"]\\r\\n'.encode():\n"
        "    os.write(1, bytes([piece])); time.sleep(0.06)"
    )
    assert children.run(python(code), transcript=tmp_path / "log").stdout == 'aws_x.y["\ud55c"]\r\n'


def test_a_file_for_stdout_holds_its_bytes_and_is_private(tmp_path: Path) -> None:
    into = tmp_path / "out"
    into.write_text("old")
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\r\\n'); print('err', file=sys.stderr)"
    done = children.run(python(code), stdout_file=into)
    assert (done.stdout, done.stderr) == ("", "err\n")
    assert into.read_bytes() == b"\xff\r\n"
    assert into.stat().st_mode & 0o777 == 0o600


def test_a_transcript_is_private_and_replaces_an_older_one(tmp_path: Path) -> None:
    log = tmp_path / "apply.log"
    log.write_text("old")
    log.chmod(0o644)
    children.run(python("print('new')"), transcript=log)
    assert log.read_text() == "new\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_what_a_program_with_a_transcript_writes_is_private(tmp_path: Path) -> None:
    left = tmp_path / "left"
    children.run(python(f"open({str(left)!r}, 'w')"), transcript=tmp_path / "log")
    assert left.stat().st_mode & 0o777 == 0o600


def test_a_transcript_is_not_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    log = tmp_path / "apply.log"
    log.symlink_to(victim)
    children.run(python("print('new')"), transcript=log)
    assert victim.read_text() == "precious"


# Killed by somebody else.


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (signal.SIGKILL, "was killed by SIGKILL (the kernel does so when memory is short): working"),
        (signal.SIGSEGV, "was killed by SIGSEGV: working"),
    ],
)
def test_a_program_that_a_signal_killed_is_told_by_the_signals_name(number: signal.Signals, said: str) -> None:
    code = f"import os; print('working', flush=True); os.kill(os.getpid(), {number.value})"
    with pytest.raises(ToolFailed) as caught:
        children.run(python(code))
    assert caught.value.message.endswith(said)
    assert str(spell(caught.value.fix)).startswith("run it again")


# Other ways to start a program.


def test_a_daemon_runs_on_and_writes_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    pid = children.spawn_daemon(python("print('up', flush=True); import time; time.sleep(60)"), env={}, log=log)
    try:
        until = time.monotonic() + 5
        while log.read_text() != "up\n" and time.monotonic() < until:
            time.sleep(0.01)
        assert log.read_text() == "up\n"
        assert children.alive(pid)
    finally:
        children.send_signal(pid, signal.SIGKILL)
    assert ended(pid)


def test_a_process_that_is_gone_is_told_in_vain(tmp_path: Path) -> None:
    pid = children.spawn_daemon(python(""), env={}, log=tmp_path / "log")
    assert ended(pid)
    children.send_signal(pid, signal.SIGTERM)


def test_we_are_alive() -> None:
    assert children.alive(os.getpid())


def test_the_exit_code_of_a_persons_own_command_comes_back() -> None:
    assert children.run_attached(python("raise SystemExit(5)"), env={}) == 5


def test_a_persons_own_command_that_a_signal_ended_has_the_shells_code() -> None:
    assert children.run_attached(python("import os, signal; os.kill(os.getpid(), signal.SIGTERM)"), env={}) == 143


def test_a_persons_own_command_that_is_not_there_is_a_failed_tool() -> None:
    with pytest.raises(ToolFailed, match="cannot start no-such-program"):
        children.run_attached(["no-such-program"], env={})
