"""Stands in for `terraform` on PATH: the commands that verbs call, over recordings of real runs.

It fetches modules with real git and keeps states and locks in the test's AWS, through the relay of `world.py`. What a
plan holds is read from a recording: `create` where there is no state, `settled` where there is one, `destroy` with
-destroy, or what the test has ordered for this root (`ROOT imported`: with a file of imports). `world.py` writes
`world.json` beside the program, and answers `version` before it. A start must be quick: what only some commands need is
imported where they need it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

VERSION = "1.11.4"
HERE = Path(__file__).parent
WORLD: dict[str, Any] = json.loads((HERE / "world.json").read_text())
# Of the process whose place this is (terraform_server.py), or of this one.
CALL: dict[str, Any] = globals().get("CALL", {})
CALLER: str = CALL["process"] if CALL else "self"
ENVIRONMENT: Mapping[str, str] = CALL["environment"] if CALL else os.environ
FOLDER: Path = CALL["folder"] if CALL else Path.cwd()
OUT: TextIO = CALL["out"] if CALL else sys.stdout
ERR: TextIO = CALL["err"] if CALL else sys.stderr
DATA = FOLDER / ENVIRONMENT.get("TF_DATA_DIR", ".terraform")
CONNECTED = DATA / "terraform.tfstate"  # Terraform's own name for the backend that `init` has connected
Document = dict[str, Any]


def main(words: list[str]) -> int:
    """Run one command; its exit code."""
    command, *rest = words
    if command in ("state", "providers"):
        command, *rest = [f"{command}-{rest[0]}", *rest[1:]]
    values = {name: value for name, value in ENVIRONMENT.items() if name.startswith("TF_VAR_")}
    with (HERE / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"command": command, "options": rest, "values": values}) + "\n")
    options = [word for word in rest if word.startswith("-")]
    operands = [word for word in rest if not word.startswith("-")]
    commands = {
        "init": init,
        "get": get,
        "plan": plan,
        "show": show,
        "apply": apply,
        "state-pull": state_pull,
        "state-push": state_push,
        "providers-lock": providers_lock,
    }
    return commands[command](options, operands)


def write(document: Document) -> None:
    """One JSON document on a line."""
    OUT.write(json.dumps(document) + "\n")
    OUT.flush()


def say(kind: str, message: str, **more: Any) -> None:
    """One line of `-json` output."""
    write({"@level": "info", "@message": message, "@module": "terraform.ui", "type": kind, **more})


def failed(summary: str, detail: str = "", **more: Any) -> int:
    """Terraform's exit with one error."""
    diagnostic = {"severity": "error", "summary": summary, "detail": detail, **more}
    say("diagnostic", f"Error: {summary}", diagnostic=diagnostic)
    return 1


# ---- modules and backend -----------------------------------------------------------------------------------------


def init(options: list[str], _operands: list[str]) -> int:
    """`init -json`: modules, then the backend."""
    say("version", f"Terraform {VERSION}", terraform=VERSION, ui="1.2")
    if error := _fetch_modules():
        return failed("Failed to download module", error)
    backend = _backend_of_code()
    for option in options:
        if option.startswith("-backend-config="):
            name, _, value = option.removeprefix("-backend-config=").partition("=")
            backend["config"][name] = {"true": True, "false": False}.get(value, value)
    DATA.mkdir(parents=True, exist_ok=True)
    CONNECTED.write_text(json.dumps({"version": 3, "serial": 1, "terraform_version": VERSION, "backend": backend}))
    _say_diagnostics(WORLD.get("init_warnings", []))
    say("init_output", "Terraform has been successfully initialized!")
    return 0


def get(_options: list[str], _operands: list[str]) -> int:
    """`get`: modules alone, with text for people."""
    if error := _fetch_modules():
        ERR.write(f"╷\n│ Error: Failed to download module\n│ \n│ {error}\n╵\n")
        return 1
    return 0


def providers_lock(options: list[str], _operands: list[str]) -> int:
    """`providers lock`: a checksum for each platform in every block of the lock file."""
    platforms = [option.partition("=")[2] for option in options if option.startswith("-platform=")]
    lines = "".join(f'    "h1:{platform}=",\n' for platform in platforms)
    lock = FOLDER / ".terraform.lock.hcl"
    lock.write_text(lock.read_text().replace("\n}", f"\n  hashes = [\n{lines}  ]\n}}"))
    return 0


def _backend_of_code() -> Document:
    override = FOLDER / "backend_override.tf"
    text = (override if override.exists() else FOLDER / "backend.tf").read_text()
    found = re.search(r'backend "(\w+)" \{(.*?)\}', text, re.DOTALL)
    assert found is not None, text
    values = re.findall(r'^\s*(\w+)\s*=\s*(".*?"|true|false)\s*$', found.group(2), re.MULTILINE)
    return {"type": found.group(1), "config": {name: json.loads(value) for name, value in values}, "hash": 1}


def _fetch_modules() -> str | None:
    """Clone what the code calls, once for each repository and ref; the error, if any."""
    folder = DATA / "modules"
    entries = [{"Key": "", "Source": "", "Dir": "."}]
    before = _fetched_before(folder / "modules.json")
    first: dict[tuple[str, str], Path] = {}
    for name, source, caller in _calls(Path(), ""):
        if source.startswith("."):
            entries.append({"Key": name, "Source": source, "Dir": os.path.normpath(caller / source)})
            continue
        location, _, ref = source.removeprefix("git::").partition("?ref=")
        repository, _, inside = location.partition(".git//")
        place = folder / name
        if before.get(name) != source or not place.exists():
            error = _place_package(f"{repository}.git", ref, place, first.get((repository, ref)))
            if error:
                return error
        first.setdefault((repository, ref), place)
        entries.append({"Key": name, "Source": source, "Dir": str(place / inside)})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "modules.json").write_text(json.dumps({"Modules": entries}))
    return None


def _fetched_before(listed: Path) -> dict[str, str]:
    """Sources by call."""
    if not listed.exists():
        return {}
    return {entry["Key"]: entry["Source"] for entry in json.loads(listed.read_text())["Modules"]}


def _calls(folder: Path, prefix: str) -> Iterator[tuple[str, str, Path]]:
    """Key, source and folder of each call, those in local modules too."""
    code = "".join(path.read_text() for path in sorted((FOLDER / folder).glob("*.tf")))
    found = re.findall(r'^module "(\w+)" \{.*?^  source\s*=\s*"(git::[^"]+|\.[^"]+)"', code, re.DOTALL | re.MULTILINE)
    for name, source in sorted(found):
        yield f"{prefix}{name}", source, folder
        if source.startswith("."):
            yield from _calls(folder / source, f"{prefix}{name}.")


def _place_package(repository: str, ref: str, place: Path, first: Path | None) -> str | None:
    """A clone; for a further call of the package a copy without names that begin with a dot. The error, if any."""
    import shutil

    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if first is not None:
        _link(first, place, hidden=False)
        return None
    commit, _ = _git("ls-remote", repository, f"refs/tags/{ref}")
    kept = HERE / "clones" / f"{ref}-{commit[:40]}"
    if commit and kept.exists():
        _link(kept, place)
        return None
    for words in (
        ["clone", "-q", "--", repository, str(place)],
        ["-C", str(place), "checkout", "-q", ref or "HEAD"],
    ):
        _, error = _git(*words)
        if error:
            return error
    if commit:
        making = kept.with_name(f"{os.getpid()}-{CALLER}")  # calls of one server run at the same time
        kept.parent.mkdir(exist_ok=True)
        _link(place, making)
        with suppress(OSError):  # another run was quicker
            making.rename(kept)
    return None


def _link(source: Path | str, place: Path | str, *, hidden: bool = True) -> None:
    """A copy of a folder whose files are hard links; `shutil` would take twice as long."""
    os.mkdir(place)  # noqa: PTH102 - as quick as the rest
    with os.scandir(source) as entries:
        for entry in entries:
            if hidden or not entry.name.startswith("."):
                copy = f"{place}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    _link(entry.path, copy, hidden=hidden)
                else:
                    os.link(entry.path, copy, follow_symlinks=False)


def _git(*words: str) -> tuple[str, str]:
    """What git says, and its error where it failed."""
    import subprocess

    done = subprocess.run(["git", *words], cwd=FOLDER, env=ENVIRONMENT, capture_output=True, text=True)
    return done.stdout, done.stderr.strip() if done.returncode else ""


# ---- states and locks --------------------------------------------------------------------------------------------


def _relay(method: str, path: str, body: bytes = b"") -> bytes | None:
    """What the relay answers; None where there is nothing."""
    import socket

    head = f"{method} {path} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", WORLD["port"]), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    status, _, content = answer.partition(b"\r\n\r\n")
    code = status.split()[1]
    assert code in (b"200", b"404"), answer
    return content if code == b"200" else None


def _backend() -> Document:
    found: Document = json.loads(CONNECTED.read_text())["backend"]
    return found


def _read_state() -> Document | None:
    backend = _backend()
    if backend["type"] == "local":
        path = FOLDER / backend["config"]["path"]
        content = path.read_bytes() if path.exists() else None
    else:
        content = _relay("GET", f"/object/{backend['config']['bucket']}/{backend['config']['key']}")
    return json.loads(content) if content else None


def _write_state(state: Document) -> None:
    backend, content = _backend(), json.dumps(state).encode()
    if backend["type"] == "local":
        (FOLDER / backend["config"]["path"]).write_bytes(content)
    else:
        _relay("PUT", f"/object/{backend['config']['bucket']}/{backend['config']['key']}", content)


def _new_state(resources: list[Any], before: Document | None) -> Document:
    return {
        "version": 4,
        "terraform_version": VERSION,
        "serial": before["serial"] + 1 if before else 1,
        "lineage": before["lineage"] if before else _new_id(),
        "outputs": {},
        "resources": resources,
    }


def _new_id() -> str:
    digits = os.urandom(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def state_pull(_options: list[str], _operands: list[str]) -> int:
    """`state pull`."""
    state = _read_state()
    if state is not None:
        write(state)
    return 0


def state_push(_options: list[str], operands: list[str]) -> int:
    """`state push FILE`: an empty backend begins anew."""
    _write_state(_new_state(json.loads((FOLDER / operands[0]).read_text())["resources"], _read_state()))
    return 0


# ---- plan and apply ----------------------------------------------------------------------------------------------


def _root() -> str:
    """How a test names this root: its folder; a root of bootstrap works in DIRECTORY/NAME/root."""
    return f"bootstrap-{FOLDER.parent.name}" if FOLDER.name == "root" else FOLDER.name


def _recording(name: str) -> Document:
    found: Document = json.loads((HERE / "recordings" / f"{name}.json").read_text())
    return found


def _chosen(options: list[str], state: Document | None) -> str:
    orders: dict[str, str | None] = json.loads((HERE / "ordered.json").read_text())
    ordered = (orders.get(f"{_root()} imported") if (FOLDER / "imported.tf").exists() else None) or orders.get(_root())
    if "-destroy" in options:
        return "destroy"
    if ordered:
        return ordered
    if state is not None and state["resources"]:
        return "settled"
    return _root() if _root().startswith("bootstrap-") else "create"


def plan(options: list[str], _operands: list[str]) -> int:
    """`plan -json -out=FILE`."""
    say("version", f"Terraform {VERSION}", terraform=VERSION, ui="1.2")
    state = _read_state()
    name = _chosen(options, state)
    recording = _recording(name)
    if "hangs" in recording:
        _hang(HERE / recording["hangs"])
    if "errors" in recording:
        _say_diagnostics(recording["errors"])
        return 1
    if "error" in recording:
        return failed(**recording["error"])
    document = {**recording["plan"], "complete": not any(option.startswith("-target") for option in options)}
    out = next(option for option in options if option.startswith("-out=")).removeprefix("-out=")
    bound = {"serial": state["serial"], "lineage": state["lineage"]} if state else None
    (FOLDER / out).write_text(json.dumps({"plan": document, "recording": name, "state": bound}))
    _say_diagnostics(recording.get("warnings", ()))
    say("change_summary", recording["headline"], changes={"operation": "plan"})
    return 2 if recording["changes"] else 0


def _hang(place: Path) -> None:
    """Wait until the test removes the folder in which this root is noted, or the program on PATH has ended."""
    import time

    (place / _root()).touch()
    while place.exists():
        if not Path("/proc", CALLER).exists():
            sys.exit(1)  # nobody waits for this exit code
        time.sleep(0.02)


def _say_diagnostics(entries: list[Any]) -> None:
    """Errors and warnings as Terraform has them; a text is the summary of a warning."""
    for entry in entries:
        whole = {"severity": "warning", "summary": entry, "detail": ""} if isinstance(entry, str) else entry
        say("diagnostic", whole["summary"], diagnostic=whole)


def show(_options: list[str], operands: list[str]) -> int:
    """`show -json FILE`."""
    planned = json.loads((FOLDER / operands[0]).read_text())
    shown = json.dumps(planned["plan"])
    show_as = _recording(planned["recording"]).get("shown", {"before": "", "encoding": "utf-8"})
    OUT.buffer.write((show_as["before"] + shown + "\n").encode(show_as["encoding"]))
    return 0


def apply(_options: list[str], operands: list[str]) -> int:
    """`apply -json FILE`."""
    say("version", f"Terraform {VERSION}", terraform=VERSION, ui="1.2")
    planned = json.loads((FOLDER / operands[0]).read_text())
    recording = _recording(planned["recording"])
    before, bound = _read_state(), planned["state"]
    if (before and {"serial": before["serial"], "lineage": before["lineage"]}) != bound:
        return failed("Saved plan is stale", "The given plan file can no longer be applied: the state was changed.")
    with _lock():
        return _carry_out(planned, recording, before)


@contextmanager
def _lock() -> Iterator[None]:
    """The state's lock in the table, where the backend has one."""
    config = _backend()["config"]
    if not config.get("dynamodb_table"):
        yield
        return
    place = f"/lock/{config['bucket']}/{config['key']}"
    holder = {"ID": _new_id(), "Operation": "OperationTypeApply", "Who": "fake", "Version": VERSION}
    _relay("POST", place, json.dumps(holder).encode())
    try:
        yield
    finally:
        _relay("DELETE", place)


def _output(change: Document) -> Document:
    """What `apply -json` says of an output: no value if it is sensitive."""
    if change["after_sensitive"] is not False:
        return {"sensitive": True, "type": "string"}
    return {"sensitive": False, "type": "string", "value": change.get("after")}


def _carry_out(planned: Document, recording: Document, before: Document | None) -> int:
    for change in planned["plan"]["resource_changes"]:
        resource = {"addr": change["address"], "resource_type": change["type"]}
        if change["address"] == recording.get("fails"):
            say("apply_errored", f"{change['address']}: failed", hook={"resource": resource})
            return failed("creating it: AccessDenied: not authorized", address=change["address"])
        say("apply_complete", f"{change['address']}: done", hook={"resource": resource, "elapsed_seconds": 0})
    if "leaves" in recording:
        left = FOLDER / recording["leaves"]
        left.write_text(json.dumps(_new_state(recording["resources"], before)))
        if CALL:
            left.chmod(0o666 & ~CALL["umask"])
    if "error_at_apply" in recording:
        return failed(recording["error_at_apply"])
    _say_diagnostics(recording.get("apply_warnings", ()))
    _write_state(_new_state(recording["resources"], before))
    _relay("POST", f"/applied/{planned['recording']}")
    say("change_summary", recording["applied"], changes={"operation": "apply"})
    outputs = {name: _output(change) for name, change in planned["plan"].get("output_changes", {}).items()}
    say("outputs", f"Outputs: {len(outputs)}", outputs=outputs)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
