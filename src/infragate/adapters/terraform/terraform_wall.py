"""What Terraform and its providers can reach: the Stack and its modules, the providers, the keys of the run, the cloud."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from infragate.adapters.local import files, settings
from infragate.adapters.process.wall import Wall, entries
from infragate.adapters.terraform.provider_source import CACHE_SETTING
from infragate.domain.errors import BadInput

PORTS = "INFRAGATE_ISOLATION_PORTS"
_HTTPS, _NAMES = 443, 53
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_ABSOLUTE = re.compile(r'"((?:/|\$)[^"\n]*)"')
_CACHE = re.compile(rf'\b{CACHE_SETTING}\b"?\s*[=:]\s*"([^"\n]+)"')


def around(folder: Path, *, root: Path, data: Path, program: Path, environment: Mapping[str, str]) -> Wall:
    """The wall of a command that runs the code of a Stack.

    Args:
        folder: the Stack's.
        root: the checkout, whose other folders may hold its modules.
        data: TF_DATA_DIR.
        environment: Terraform's variables; in the sandbox they name the emulator, and only its port is open.

    Raises:
        BadInput: INFRAGATE_ISOLATION_PORTS is not a list of ports, or a link leads from the Stack's folder out of the checkout.
    """
    if not folder.resolve().is_relative_to(root.resolve()):
        raise BadInput(
            "the folder is a link that leads out of the checkout", where=str(folder), fix="commit the files themselves"
        )
    named = [environment[name] for name in (*_CERTIFICATES, "GIT_TEMPLATE_DIR") if name in environment]
    keys = [Path(environment["AWS_CONFIG_FILE"]).parent] if "AWS_CONFIG_FILE" in environment else []
    providers = [link.resolve() for link in (data / "providers").glob("*/*/*/*/*")]
    code = [folder, *entries(root), data]
    endpoint = environment.get("AWS_ENDPOINT_URL") or None
    return Wall(
        readable=(program, program.resolve(), *code, *providers, *keys, *map(Path, named)),
        ports=(_port(endpoint),) if endpoint else (_HTTPS, _NAMES, *_proxy_ports(environment), *_configured_ports()),
        datagrams=endpoint is None,
    )


def fetching(wall: Wall, *, data: Path, environment: Mapping[str, str]) -> Wall:
    """The wall of a command that fetches providers, and runs none: it also reaches mirrors, caches and registries."""
    configuration, text = _configuration(environment)
    mirrors = [Path(os.path.expandvars(name)) for name in _ABSOLUTE.findall(text)]
    cache = plugin_cache(environment)
    more = wall.also(readable=(*configuration, *mirrors), writable=(data, *([cache] if cache else [])))
    return replace(more, ports=(*wall.ports, _HTTPS, _NAMES), datagrams=True)


def plugin_cache(environment: Mapping[str, str]) -> Path | None:
    """The plugin cache that Terraform's CLI configuration names."""
    named = _CACHE.search(_configuration(environment)[1])
    return Path(os.path.expandvars(named[1])) if named else None


def _configuration(environment: Mapping[str, str]) -> tuple[list[Path], str]:
    """The file and text of Terraform's CLI configuration, if any."""
    named = environment.get("TF_CLI_CONFIG_FILE")
    return ([Path(named)], files.recall(Path(named)) or "") if named else ([], "")


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or (_HTTPS if parts.scheme == "https" else 80)


def _proxy_ports(environment: Mapping[str, str]) -> list[int]:
    return [_port(environment[name]) for name in _PROXIES if environment.get(name)]


def _configured_ports() -> list[int]:
    words = [word.strip() for word in (settings.read(PORTS) or "").split(",") if word.strip()]
    if any(not word.isdigit() or not 0 < int(word) < 65536 for word in words):
        raise BadInput(
            "not a list of TCP ports", where=f"{PORTS}={','.join(words)}"[:100], fix=f"write {PORTS}=6443,5432"
        )
    return [int(word) for word in words]
