"""The variables that send child programs to the emulator, and the check that they cannot reach AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from infragate.adapters.local import settings
from infragate.domain.cloud import Credentials
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity

OTHERS = "INFRAGATE_SANDBOX_MODULES"
MODULES_URL = "https://github.com/org/infra.git"
# The same repository in git's other spellings.
MODULES_ALIASES = ("ssh://git@github.com/org/infra.git", "git@github.com:org/infra.git")
NOWHERE = "http://127.0.0.1:9"  # the discard port: a connection is refused at once
# Where `terraform init` downloads providers that no mirror has. These hosts serve no AWS API.
PROVIDER_HOSTS = ("registry.terraform.io", "releases.hashicorp.com")
LOCAL_HOSTS = ("127.0.0.1", "localhost")
# The prefix of all of moto's session tokens (moto/sts/utils.py); AWS's have had another one since 2019.
EMULATOR_TOKEN = "FQoGZXIvYXdzEBYaD"  # noqa: S105 - a public prefix
_ENDPOINT = re.compile(r"AWS_ENDPOINT_URL(_[A-Z0-9_]+)?")


def variables(
    endpoint: str, *, region: str, module_repository: Path, others: Mapping[str, Path] | None = None
) -> dict[str, str]:
    """The variables of child programs.

    The emulator is also the http proxy, since clients invent host names that do not resolve (`111111111111.127.0.0.1`,
    S3 control). https is blocked except for the provider registry. Some programs read proxy variables in upper case,
    others in lower case, so both are set.

    Args:
        others: copies on this disk of other module repositories, by their addresses.
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
        **_git({**dict.fromkeys((MODULES_URL, *MODULES_ALIASES), module_repository), **(others or {})}),
    }


def other_repositories() -> dict[str, Path]:
    """What INFRAGATE_SANDBOX_MODULES names: `ADDRESS=FOLDER`, separated by `;`.

    Raises:
        BadInput: an entry has another form, or its folder does not exist.
    """
    entries = [entry.strip() for entry in (settings.read(OTHERS) or "").split(";") if entry.strip()]
    found = {}
    for entry in entries:
        address, _, folder = entry.rpartition("=")
        if not address or not Path(folder).is_absolute() or not Path(folder).is_dir():
            raise BadInput(
                f"not an address and a folder on this disk: {entry.rpartition('@')[2][:100]}",
                where=OTHERS,
                fix="write ADDRESS=/path/of/the/copy (docs/sandbox.md, 'Other module repositories')",
            )
        found[address] = Path(folder)
    return found


def _git(repositories: Mapping[str, Path]) -> dict[str, str]:
    """Redirect git to the local module repositories, and ignore the user's git configuration."""
    pairs = {"GIT_CONFIG_COUNT": str(len(repositories))}
    for number, (url, repository) in enumerate(repositories.items()):
        pairs[f"GIT_CONFIG_KEY_{number}"] = f"url.{repository}.insteadOf"
        pairs[f"GIT_CONFIG_VALUE_{number}"] = url
    return {**pairs, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


def prove_isolated(variables: Mapping[str, str], *, credentials: Credentials | None = None) -> None:
    """Refuse variables with which a program could reach AWS.

    Args:
        credentials: the program's, if known.

    Raises:
        Integrity: AWS could be reached; the message names the variable.
    """
    _prove_endpoints(variables)
    _prove_proxies(variables)
    if variables.get("AWS_EC2_METADATA_DISABLED") != "true":
        raise _open(
            "AWS_EC2_METADATA_DISABLED", "is not true: a program could get credentials from the machine it runs on"
        )
    for name in sorted(variables):
        if name.startswith("AWS_CONTAINER_CREDENTIALS") or name == "AWS_WEB_IDENTITY_TOKEN_FILE":
            raise _open(name, "gives credentials that are not from the emulator")
    if "AWS_ACCESS_KEY_ID" in variables and not _is_emulator_token(variables.get("AWS_SESSION_TOKEN")):
        raise _open("AWS_SESSION_TOKEN", "is not a session of the emulator")
    if credentials is not None and not _is_emulator_token(credentials.token):
        raise _open("credentials", f"{credentials.access_key[:4]}... are not a session of the emulator")


def _prove_endpoints(variables: Mapping[str, str]) -> None:
    if not variables.get("AWS_ENDPOINT_URL"):
        raise _open("AWS_ENDPOINT_URL", "is not set: calls would go to AWS")
    for name, value in sorted(variables.items()):
        if _ENDPOINT.fullmatch(name) and not _is_loopback(value):
            raise _open(name, f"is {value.rpartition('@')[2][:100]}: not this machine's loopback address")
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
            raise _open(name, f"lets calls to {', '.join(beyond)} bypass the blocking proxy")
    if variables.get("ALL_PROXY") or variables.get("all_proxy"):
        raise _open("ALL_PROXY", "is set")


def _is_loopback(address: str) -> bool:
    """True for an IP address; a name is refused, as SDKs prefix it with bucket names and it then resolves elsewhere."""
    try:
        parts = urlsplit(address)
        return (
            parts.scheme == "http" and parts.hostname == "127.0.0.1" and parts.port is not None and not parts.username
        )
    except ValueError:
        return False


def _is_emulator_token(token: str | None) -> bool:
    return bool(token and token.startswith(EMULATOR_TOKEN))


def _open(name: str, what: str) -> Integrity:
    return Integrity(
        f"the sandbox refuses to run, AWS could be reached: {name} {what}",
        where=name,
        fix=("unset it and run it again; ", Command("sandbox-status"), " shows the sandbox"),
    )
