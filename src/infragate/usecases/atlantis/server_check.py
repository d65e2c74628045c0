"""The checks of `doctor --atlantis`: does a server refuse what it must, and does it follow the rendered rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from infragate.adapters import service_probe
from infragate.adapters.local import files, settings, strict_yaml
from infragate.adapters.service_probe import HttpAnswer
from infragate.adapters.tools import tools_file
from infragate.domain.command import Advice, Command
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.domain.front_doors import atlantis_files, atlantis_server

_TIMEOUT = 10.0
_PAGE = "docs/atlantis-setup.md"
_EVENT = {
    "Content-Type": "application/json",
    "X-GitHub-Event": "ping",
    "X-GitHub-Delivery": "doctor",
    "X-Hub-Signature-256": f"sha256={'0' * 64}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCheck:
    """One line about a server; `fix` says what to change, None if nothing."""

    name: str
    message: str
    fix: Advice | None = None


def checks(address: str, root: Path, project: Project | None) -> Iterator[ServerCheck]:
    """What a server at this address lets through; and its settings, if this machine is the server.

    Raises:
        BadInput: it is not an http or https address.
    """
    if not address.startswith(("http://", "https://")):
        raise BadInput("not an address of a server", where=f"--atlantis {address}", fix="give http://HOST:PORT")
    base = address.rstrip("/")
    health = service_probe.exchange(f"{base}/healthz", timeout=_TIMEOUT)
    if isinstance(health, str) or health.status != 200:
        told = health if isinstance(health, str) else f"it answers {health.status} to /healthz"
        yield ServerCheck(name="atlantis", message=f"{base}: {told}", fix=f"start it: {_PAGE}, 'Start the server'")
        return
    yield ServerCheck(name="atlantis", message=f"{base} answers")
    yield _version(service_probe.exchange(f"{base}/status", timeout=_TIMEOUT), root)
    yield _signature(service_probe.exchange(f"{base}/events", content=b"{}", headers=_EVENT, timeout=_TIMEOUT))
    yield _api(service_probe.exchange(f"{base}/api/apply", content=b"{}", timeout=_TIMEOUT))
    yield _pages(service_probe.exchange(f"{base}/", timeout=_TIMEOUT))
    yield from _settings(project)


def _version(answer: HttpAnswer | str, root: Path) -> ServerCheck:
    (tool,) = tools_file.read(tools_file.path(root)).select(("atlantis",))
    name = "atlantis version"
    fix = f"use the image of {_PAGE}: it has {tool.version}"
    try:
        told = json.loads("" if isinstance(answer, str) else answer.text)["version"].split()[0]
        version = Version(told)
    except (ValueError, LookupError, TypeError, AttributeError, InvalidVersion):
        return ServerCheck(name=name, message="it does not tell its version", fix=fix)
    accepted = tool.accepts.contains(version)
    return ServerCheck(
        name=name,
        message=f"{version}" if accepted else f"{version} is not {tool.accepts}",
        fix=None if accepted else fix,
    )


def _signature(answer: HttpAnswer | str) -> ServerCheck:
    name, refused = "webhook signature", not isinstance(answer, str) and answer.status == 400
    if refused:
        return ServerCheck(name=name, message="an event with a wrong signature is refused")
    told = answer if isinstance(answer, str) else f"answered with {answer.status}"
    fix = f"set ATLANTIS_GH_WEBHOOK_SECRET: {_PAGE}, 'The GitHub App'"
    return ServerCheck(name=name, message=f"an event with a wrong signature is {told}", fix=fix)


def _api(answer: HttpAnswer | str) -> ServerCheck:
    """Without a secret Atlantis refuses every call of its API with 503; with one it asks for it."""
    if not isinstance(answer, str) and answer.status == 503:
        return ServerCheck(name="atlantis api", message="off: nothing is applied without a pull request")
    message = "it is on, and applies without a pull request, past approvals and requirements"
    return ServerCheck(name="atlantis api", message=message, fix="start the server without --api-secret")


def _pages(answer: HttpAnswer | str) -> ServerCheck:
    if not isinstance(answer, str) and answer.status == 401:
        return ServerCheck(name="atlantis pages", message="they ask for a password")
    message = "they ask for no password: whoever reaches them reads output and deletes locks"
    return ServerCheck(name="atlantis pages", message=message, fix="set ATLANTIS_WEB_BASIC_AUTH, name and password")


def _settings(project: Project | None) -> Iterator[ServerCheck]:
    """On the server itself: its settings and its rules."""
    server = atlantis_server.server_settings((), settings.with_prefix(atlantis_server.PREFIX))
    name = "atlantis settings"
    if not server:
        yield ServerCheck(name=name, message="not checked: they are on the server only; run this there as well")
        return
    config = Path(server.get("repo-config", ""))
    text = files.read(config) if config.is_file() else None
    document = strict_yaml.parse(text.encode(), str(config))[0] if text is not None else None
    complaints = atlantis_server.of_server(server, document)
    for complaint in complaints:
        told = f"{complaint.message} ({complaint.where})"
        yield ServerCheck(name=name, message=told, fix=complaint.fix or f"correct it: {_PAGE}")
    if not complaints:
        yield ServerCheck(name=name, message="nothing lets anybody past the checks")
    if project is not None and project.front_doors.atlantis is not None:
        yield _rules(text, project, config)


def _rules(text: str | None, project: Project, config: Path) -> ServerCheck:
    name = "atlantis rules"
    if text is not None and atlantis_files.server_file(project) in text:
        return ServerCheck(name=name, message=f"{config} has what environments.yaml says")
    fix = (Command("render"), f", and give the server {atlantis_files.SERVER_FILE}")
    return ServerCheck(name=name, message=f"{config} is not what environments.yaml says", fix=fix)
