"""The only reader of environment variables, and the builder of the environments of child programs.

A child program gets an allow-list of variables, so that a stray `TF_CLI_ARGS`, `GIT_DIR`, `AWS_ENDPOINT_URL` or another
tool's token cannot change what a run does.
"""

from __future__ import annotations

import getpass
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infragate.domain.errors import BadInput

# What any program may need: paths, language, certificates, proxies, git over ssh.
PASSED = (
    "PATH HOME USER LOGNAME SHELL TERM LANG LC_ALL LC_CTYPE TZ TMPDIR SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE "
    "REQUESTS_CA_BUNDLE AWS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy SSH_AUTH_SOCK "
    "XDG_CONFIG_HOME XDG_DATA_HOME XDG_DATA_DIRS XDG_CACHE_HOME SYSTEMROOT"
).split()
# Names of variables that hold a secret; those that end in `_FILE` or `_URL` hold a path or an address.
SECRET = re.compile(r"(?:TOKEN|SECRET|PASSWORD|PASSWD|API_KEY|SECRET_ACCESS_KEY|PRIVATE_KEY|WEBHOOK(?:_URL)?)$")
_WITH_PASSWORD = re.compile(r"://[^/@\s]+@")
ENDPOINT = re.compile(r"^AWS_ENDPOINT_URL")
CALLED_AS = "INFRAGATE_CALLED_AS"  # set by the wrapper
STATE = "INFRAGATE_STATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who runs infragate: the name for session names, source identities and records."""

    name: str
    pull_request: str | None


def read(name: str) -> str | None:
    """The value of a variable, or None when it is unset or empty."""
    return os.environ.get(name) or None


def is_empty(name: str) -> bool:
    """True if a variable is set to an empty value: a mistake where a setting protects something."""
    return os.environ.get(name) == ""


def adopt(**values: str) -> None:
    """Set settings for the rest of this run: a front door gives their values in variables of its own."""
    os.environ.update(values)


def child_environment(**extra: str) -> dict[str, str]:
    """The environment of a child program: the allowed variables and `extra`."""
    return {**{name: os.environ[name] for name in PASSED if name in os.environ}, **extra}


def caller_environment() -> dict[str, str]:
    """The user's whole environment, for `assume -- COMMAND`."""
    return {name: value for name, value in os.environ.items() if name != CALLED_AS}


def called_as() -> str:
    """The program name for suggested commands: as the wrapper was called (`./inv`), else `infragate`."""
    name = os.environ.get(CALLED_AS) or "infragate"
    return shlex.quote(name) if name.isprintable() else "infragate"


def secrets() -> tuple[str, ...]:
    """Values of variables that hold a secret."""
    return tuple(value for name, value in os.environ.items() if SECRET.search(name.upper()))


def is_secret(name: str, value: str) -> bool:
    """True for a variable that holds a secret, an AWS key id, or an address with a password."""
    return bool(SECRET.search(name.upper()) or name == "AWS_ACCESS_KEY_ID" or _WITH_PASSWORD.search(value))


def terraform_values() -> dict[str, str]:
    """The values of Terraform's variables in the environment (`TF_VAR_name`), by name."""
    return {name.removeprefix("TF_VAR_"): value for name, value in os.environ.items() if name.startswith("TF_VAR_")}


def stray_endpoints() -> tuple[str, ...]:
    """Names of the variables that would send AWS calls to another address."""
    return tuple(sorted(name for name in os.environ if ENDPOINT.match(name) and os.environ[name]))


def certificate_authorities() -> str | None:
    """The file of certificates to trust, if one is named; None for those that are built in.

    Raises:
        BadInput: it names no file.
    """
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        if path := read(name):
            if not Path(path).exists():
                raise BadInput(f"{name} names no file", where=path, fix="name a file of certificates, or unset it")
            return path
    return None


def search_path() -> str:
    """The value of PATH."""
    return os.environ.get("PATH", os.defpath)


def data_folders() -> tuple[Path, ...]:
    """XDG data folders, the user's first (XDG base directory specification)."""
    own = read("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    shared = read("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return tuple(Path(part) for part in [own, *shared.split(":")] if part)


def terraform_cli_config() -> Path | None:
    """The user's own Terraform CLI configuration, if the file exists."""
    for candidate in (read("TF_CLI_CONFIG_FILE"), str(Path.home() / ".terraformrc")):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    return None


def actor() -> Actor:
    """Who runs this: INFRAGATE_ACTOR, else GITHUB_ACTOR, else the login name; and the pull request, if any.

    Raises:
        BadInput: INFRAGATE_PULL_REQUEST is not a number.
    """
    name = read("INFRAGATE_ACTOR") or read("GITHUB_ACTOR") or _login()
    pull_request = read("INFRAGATE_PULL_REQUEST")
    if pull_request is not None and not re.fullmatch(r"[0-9]{1,10}", pull_request):
        raise BadInput(
            "INFRAGATE_PULL_REQUEST is not a number",
            where="environment",
            fix="set it to the number of the pull request",
        )
    return Actor(name=name, pull_request=pull_request)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        return f"uid-{os.getuid()}"


def is_terminal(stream: str = "stdout") -> bool:
    """True if the stream is a terminal; a closed one is None."""
    file = getattr(sys, stream)
    return file is not None and bool(file.isatty())


def terminal_width() -> int | None:
    """The columns of the terminal on stdout; None without a terminal."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None


def colour_allowed() -> bool:
    """False if NO_COLOR is set (no-color.org) or the terminal is dumb."""
    return not read("NO_COLOR") and os.environ.get("TERM") != "dumb"


def always_sandbox() -> bool:
    """True if INFRAGATE_SANDBOX is 1: every verb that takes --sandbox works in it, as for practice."""
    return os.environ.get("INFRAGATE_SANDBOX") == "1"


def sandbox_of() -> Path | None:
    """INFRAGATE_SANDBOX_OF: the checkout whose sandbox is used by clones beside it, as of an Atlantis server."""
    configured = read("INFRAGATE_SANDBOX_OF")
    return Path(configured) if configured else None


def on_github() -> bool:
    """True if the run is a job of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def with_prefix(prefix: str) -> Mapping[str, str]:
    """All variables whose names begin so."""
    return {name: value for name, value in os.environ.items() if name.startswith(prefix)}


def subset(names: tuple[str, ...]) -> Mapping[str, str]:
    """The named variables that are set."""
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def state_folder() -> Path:
    """The user's state folder (XDG), for crash reports and the data of checkouts; INFRAGATE_STATE names another one.

    Raises:
        BadInput: there is no home folder, or the setting is not an absolute path.
    """
    import platformdirs

    configured = read(STATE)
    folder = Path(configured or platformdirs.user_state_dir("infragate", appauthor=False))
    if not folder.is_absolute():
        problem = f"{STATE} is not an absolute path" if configured else "this user has no home folder"
        raise BadInput(problem, where=str(folder), fix=f"set {STATE} to an absolute path of a folder of your own")
    return folder


def cache_folder() -> Path:
    """The cache folder; INFRAGATE_CACHE names another one."""
    import platformdirs

    configured = read("INFRAGATE_CACHE")
    return Path(configured) if configured else Path(platformdirs.user_cache_dir("infragate", appauthor=False))


def words_after_dashes() -> tuple[str, ...]:
    """The words after `--` on the command line."""
    return tuple(sys.argv[sys.argv.index("--") + 1 :]) if "--" in sys.argv else ()
