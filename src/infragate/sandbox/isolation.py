"""The variables that send child programs to the emulator, and the check that they cannot reach AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from infragate.domain.cloud import Credentials
from infragate.domain.command import Command
from infragate.domain.errors import Integrity

MODULES_URL = "https://github.com/org/infra.git"
# The same repository in git's other spellings.
MODULES_ALIASES = ("ssh://git@github.com/org/infra.git", "git@github.com:org/infra.git")
NOWHERE = "http://127.0.0.1:9"  # the discard port: a connection is refused at once
# Where `terraform init` gets a provider that lies in no mirror. Nothing of AWS is served there.
PROVIDER_HOSTS = ("registry.terraform.io", "releases.hashicorp.com")
LOCAL_HOSTS = ("127.0.0.1", "localhost")
# moto's session tokens all begin so (moto/sts/utils.py); AWS's have not since 2019.
EMULATOR_TOKEN = "FQoGZXIvYXdzEBYaD"  # noqa: S105 - the beginning that all share
_ENDPOINT = re.compile(r"AWS_ENDPOINT_URL(_[A-Z0-9_]+)?")


def variables(endpoint: str, *, region: str, module_repository: Path) -> dict[str, str]:
    """The variables of child programs.

    Plain http goes to the emulator even for host names it invents (`111111111111.127.0.0.1`, S3 control): it is its own
    proxy. https goes nowhere, but for the provider registry. Programs differ in the case of proxy variables that they
    read, so both are set.
    """
    proxies = {"HTTP_PROXY": endpoint, "HTTPS_PROXY": NOWHERE, "NO_PROXY": ",".join((*LOCAL_HOSTS, *PROVIDER_HOSTS))}
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        **proxies,
        **{name.lower(): value for name, value in proxies.items()},
        **_git(module_repository),
    }


def _git(repository: Path) -> dict[str, str]:
    """Send git to the local repository instead of the published one, and let it read no configuration of the user."""
    redirected = (MODULES_URL, *MODULES_ALIASES)
    pairs = {"GIT_CONFIG_COUNT": str(len(redirected))}
    for number, url in enumerate(redirected):
        pairs[f"GIT_CONFIG_KEY_{number}"] = f"url.{repository}.insteadOf"
        pairs[f"GIT_CONFIG_VALUE_{number}"] = url
    return {**pairs, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


def prove_isolated(variables: Mapping[str, str], *, credentials: Credentials | None = None) -> None:
    """Refuse variables with which a program could reach AWS in any way.

    Args:
        credentials: those that the program will use, if known.

    Raises:
        Integrity: AWS could be reached; the message names the variable.
    """
    _prove_endpoints(variables)
    _prove_proxies(variables)
    if variables.get("AWS_EC2_METADATA_DISABLED") != "true":
        raise _open(
            "AWS_EC2_METADATA_DISABLED", "is not true: a program could ask the machine it runs on for credentials"
        )
    for name in sorted(variables):
        if name.startswith("AWS_CONTAINER_CREDENTIALS") or name == "AWS_WEB_IDENTITY_TOKEN_FILE":
            raise _open(name, "offers credentials that the emulator did not make")
    if "AWS_ACCESS_KEY_ID" in variables and not _made_here(variables.get("AWS_SESSION_TOKEN")):
        raise _open("AWS_SESSION_TOKEN", "is no session of the emulator")
    if credentials is not None and not _made_here(credentials.token):
        raise _open("credentials", f"{credentials.access_key[:4]}... are no session of the emulator")


def _prove_endpoints(variables: Mapping[str, str]) -> None:
    if not variables.get("AWS_ENDPOINT_URL"):
        raise _open("AWS_ENDPOINT_URL", "is not set: calls would go to AWS")
    for name, value in sorted(variables.items()):
        if _ENDPOINT.fullmatch(name) and not _is_loopback(value):
            raise _open(name, f"is {_shown(value)}: not this machine's loopback address")
    if variables.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        raise _open("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "is true: calls would go to AWS")


def _prove_proxies(variables: Mapping[str, str]) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        if variables.get(name) != NOWHERE:
            raise _open(name, f"is not {NOWHERE}: https could leave this machine")
    for name in ("HTTP_PROXY", "http_proxy"):
        if not _is_loopback(variables.get(name, "")):
            raise _open(name, "is not the emulator: http could leave this machine")
    for name in ("NO_PROXY", "no_proxy"):
        beyond = [host for host in variables.get(name, "").split(",") if host not in (*LOCAL_HOSTS, *PROVIDER_HOSTS)]
        if beyond and beyond != [""]:
            raise _open(name, f"lets {', '.join(beyond)} past the dead proxy")
    if variables.get("ALL_PROXY") or variables.get("all_proxy"):
        raise _open("ALL_PROXY", "is set")


def _is_loopback(address: str) -> bool:
    """An IP address, not a name: SDKs put bucket names before a host name, which then resolves elsewhere or nowhere."""
    try:
        parts = urlsplit(address)
        return (
            parts.scheme == "http" and parts.hostname == "127.0.0.1" and parts.port is not None and not parts.username
        )
    except ValueError:
        return False


def _made_here(token: str | None) -> bool:
    return bool(token and token.startswith(EMULATOR_TOKEN))


def _shown(address: str) -> str:
    return address.rpartition("@")[2][:100]


def _open(name: str, what: str) -> Integrity:
    return Integrity(
        f"the sandbox will not run: AWS could be reached: {name} {what}",
        where=name,
        fix=("unset it where it is set and run it again; ", Command("sandbox-status"), " shows the sandbox"),
    )
