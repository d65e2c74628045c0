"""What a real program can do behind a real wall: the interpreter that runs the tests tries."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration import walls

from infragate.adapters.process import children, isolation
from infragate.adapters.process.outcome import Completed
from infragate.adapters.process.wall import Wall
from infragate.domain.errors import ToolFailed

REFUSED = ("PermissionError", "FileNotFoundError", "OSError")  # the last for a read-only file system
FAST_OPEN = 0x20000000


@pytest.fixture(params=walls.KINDS, autouse=True)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    walls.use(request.param, monkeypatch)
    return str(request.param)


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """The one folder that can be written; beside it is what must not be reached."""
    folder = tmp_path / "inside"
    folder.mkdir()
    return folder


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


def tried(expression: str, wall: Wall, **more: object) -> str:
    """The value of a Python expression in a program behind the wall, or the name of its error."""
    code = f"import ctypes, os, socket, sys\ntry: print({expression})\nexcept Exception as e: print(type(e).__name__)"
    return run(code, wall, **more).stdout.strip()


def run(code: str, wall: Wall, **more: object) -> Completed:
    return children.run([sys.executable, "-I", "-S", "-c", code], wall=wall, timeout=60, **more)  # type: ignore[arg-type]


def test_a_file_in_home_cannot_be_read(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = inside.with_name("home")
    home.mkdir()
    (home / ".git-credentials").write_text("canary")
    monkeypatch.setenv("HOME", str(home))
    path = str(home / ".git-credentials")
    assert tried(f"open({path!r}).read()", walls.around(inside)) in REFUSED


def test_home_and_tmpdir_are_private_and_gone_afterwards(inside: Path) -> None:
    code = "[os.environ['HOME'], os.environ['TMPDIR'], open(os.environ['HOME'] + '/x', 'w').write('x')]"
    home, temporary, _ = tried(code, walls.around(inside)).strip("[]").replace("'", "").split(", ")
    assert home == temporary
    assert not Path(home).exists()


@pytest.mark.parametrize("pid", ["self", "parent"])
def test_the_environment_of_a_process_cannot_be_read(pid: str, inside: Path) -> None:
    place = f"/proc/{'self' if pid == 'self' else os.getpid()}/environ"
    assert tried(f"open({place!r}).read()", walls.around(inside)) in REFUSED


def test_the_memory_of_a_process_cannot_be_read(inside: Path) -> None:
    reading = f"ctypes.CDLL(None, use_errno=True).syscall(101, 16, {os.getpid()}, 0, 0), ctypes.get_errno()"
    assert run(f"import ctypes; print(*({reading}))", walls.around(inside)).stdout == "-1 1\n"


def test_a_file_elsewhere_cannot_be_written(inside: Path) -> None:
    assert tried(f"open({str(inside.with_name('evil'))!r}, 'w')", walls.around(inside)) in REFUSED
    assert not inside.with_name("evil").exists()


def test_a_file_that_may_be_read_cannot_be_written(inside: Path) -> None:
    code = inside.with_name("code.tf")
    code.write_text("old")
    wall = walls.around(inside).also(readable=(code,))
    assert tried(f"open({str(code)!r}).read()", wall) == "old"
    assert tried(f"open({str(code)!r}, 'w').write('new')", wall) in REFUSED
    assert code.read_text() == "old"


def test_a_link_inside_does_not_lead_out(inside: Path) -> None:
    (inside.with_name("secret")).write_text("canary")
    (inside / "link").symlink_to(inside.with_name("secret"))
    assert tried(f"open({str(inside / 'link')!r}).read()", walls.around(inside)) in REFUSED


def test_a_device_cannot_be_made(inside: Path) -> None:
    assert tried(f"os.mknod({str(inside / 'disk')!r}, 0o60600, os.makedev(254, 0))", walls.around(inside)) in REFUSED


def test_what_is_written_inside_stays(inside: Path) -> None:
    code = f"import os; os.mkdir({str(inside / 'a')!r}); open({str(inside / 'a/b')!r}, 'w').write('kept')"
    run(f"{code}; os.rename({str(inside / 'a/b')!r}, {str(inside / 'c')!r})", walls.around(inside))
    assert (inside / "c").read_text() == "kept"


def test_the_working_folder_is_that_of_the_caller(inside: Path) -> None:
    assert tried("os.getcwd()", walls.around(inside), cwd=inside) == str(inside)


def test_only_a_port_that_is_named_can_be_connected_to(inside: Path, server: int) -> None:
    connect = f"socket.create_connection(('127.0.0.1', {server})) and 'connected'"
    assert tried(connect, walls.around(inside, ports=(server,))) == "connected"
    assert tried(connect, walls.around(inside, ports=(server + 1,))) == "PermissionError"


@pytest.mark.parametrize(
    "way",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).connect(address)",
        f"socket.socket().sendto(b'x', {FAST_OPEN}, address)",
        f"socket.socket().sendmsg([b'x'], [], {FAST_OPEN}, address)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', address)",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    ],
    ids=["MPTCP", "fast open", "fast open by message", "UDP", "raw"],
)
def test_no_other_protocol_gets_around_the_ports(way: str, inside: Path, server: int) -> None:
    assert tried(way.replace("address", f"('127.0.0.1', {server})"), walls.around(inside)) == "PermissionError"


def test_names_are_looked_up_where_datagrams_are_allowed(inside: Path, server: int) -> None:
    send = f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {server}))"
    assert tried(send, walls.around(inside, datagrams=True)) == "1"


def test_another_process_cannot_be_signalled(inside: Path) -> None:
    assert tried(f"os.kill({os.getpid()}, 0)", walls.around(inside)) == "PermissionError"


def test_an_abstract_socket_of_a_service_cannot_be_connected_to(inside: Path) -> None:
    name = f"\0infragate-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(name)
        service.listen()
        assert tried(f"socket.socket(socket.AF_UNIX).connect({name!r})", walls.around(inside)) == "PermissionError"


def test_a_socket_file_of_a_service_is_held_or_named_as_not_held(inside: Path) -> None:
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(inside.with_name("s")))
        service.listen()
        outcome = tried(f"socket.socket(socket.AF_UNIX).connect({str(inside.with_name('s'))!r})", walls.around(inside))
    named = any("unix sockets of other services" in limit for limit in isolation.in_force().not_held)
    assert (outcome in REFUSED) is not named


def test_a_socket_of_its_own_works(inside: Path) -> None:
    code = "s = socket.socket(socket.AF_UNIX); s.bind(p); s.listen(); socket.socket(socket.AF_UNIX).connect(p); print('up')"
    done = run(f"import os, socket; p = os.environ['TMPDIR'] + '/plugin1234567890'; {code}", walls.around(inside))
    assert done.stdout == "up\n"


def test_the_wall_holds_for_the_programs_of_a_program(inside: Path, server: int) -> None:
    inner = f"import socket; socket.create_connection(('127.0.0.1', {server}))"
    code = f"import subprocess, sys; print(subprocess.call([sys.executable, '-I', '-S', '-c', {inner!r}]))"
    assert run(code, walls.around(inside)).stdout == "1\n"


def test_this_process_stays_free(inside: Path, server: int) -> None:
    run("pass", walls.around(inside))
    inside.with_name("ours").write_text("written")
    socket.create_connection(("127.0.0.1", server)).close()
    threading.Thread(target=lambda: inside.with_name("theirs").write_text("written")).start()
    assert subprocess.run(["ls", inside.parent], capture_output=True, check=True).stdout


def test_git_clones_a_repository_that_it_may_read(inside: Path) -> None:
    repository = inside.with_name("repository")
    shutil.copytree(Path(__file__).parent, repository / "code", ignore=shutil.ignore_patterns("__pycache__"))
    person = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    for words in (["init", "-q"], ["add", "-A"], [*person, "commit", "-qm", "start"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    wall = walls.around(inside).also(readable=(repository,))
    children.run(["git", "clone", "-q", str(repository), str(inside / "clone")], wall=wall)
    assert (inside / "clone" / "code" / "test_wall.py").is_file()


def test_a_secret_of_the_user_is_not_in_its_environment(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    assert tried("sorted(set(os.environ) & {'SSH_AUTH_SOCK', 'GITHUB_TOKEN'})", walls.around(inside)) == "[]"


def test_a_program_that_a_signal_killed_is_told_by_the_signal(inside: Path) -> None:
    done = run("import os; os.kill(os.getpid(), 9)", walls.around(inside), success_codes=None)
    assert done.returncode == -signal.SIGKILL


def test_what_is_written_with_a_transcript_is_private(inside: Path) -> None:
    code = f"open({str(inside / 'errored.tfstate')!r}, 'w').write('x'); print('line')"
    done = run(code, walls.around(inside), transcript=inside / "apply.jsonl")
    assert (done.stdout, (inside / "errored.tfstate").stat().st_mode & 0o777) == ("line\n", 0o600)


def test_a_program_that_takes_too_long_is_ended(inside: Path) -> None:
    code = f"import os, time; open({str(inside / 'pid')!r}, 'w').write('x'); time.sleep(60)"
    with pytest.raises(ToolFailed, match="did not end within 1 s"):
        children.run([sys.executable, "-I", "-S", "-c", code], wall=walls.around(inside), timeout=1)
