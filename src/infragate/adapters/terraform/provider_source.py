"""Where Terraform gets the providers of a Stack from: the user's own rule, else mirrors of this machine, else the registry.

Whatever the source, `terraform init -lockfile=readonly` checks every package against `.terraform.lock.hcl`.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from infragate.adapters.local import files, locks, settings
from infragate.adapters.terraform import provider_mirrors
from infragate.adapters.terraform.provider_mirrors import Package
from infragate.adapters.tools import tool_store
from infragate.domain.errors import BadInput, Locked

LOCK_FILE = ".terraform.lock.hcl"
CACHE_SETTING = "plugin_cache_dir"
CACHE_SECONDS = 900.0
ADDONS = Path("/opt")  # the Filesystem Hierarchy Standard's tree for add-on packages, absent on many machines
NAMED = "INFRAGATE_PROVIDER_MIRROR"
_COMMENTS = re.compile(r"/\*.*?\*/|(?:#|//)[^\n]*", re.DOTALL)
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_RULE = re.compile(r"\bprovider_installation\b")
_OVERRIDES = re.compile(r"\bdev_overrides\b")


def cli_file(stack: Path, own: Path) -> Path:
    """The file for `TF_CLI_CONFIG_FILE`.

    The user's own file is used as it is when it says where providers come from. Otherwise a file is written that
    names the mirrors, followed by what the user's file says (credentials of private registries).

    Args:
        stack: folder of the Stack, with its provider lock file.
        own: folder for the generated file.

    Raises:
        BadInput: as `users_rule`, or the generated file cannot be written.
    """
    if (users := users_rule()) is not None:
        return users
    theirs = settings.terraform_cli_config()
    chosen = packages(stack)
    linked = {address for address, package in chosen.items() if not package.packed}
    # What is linked needs no cache, and a run that writes none waits for nobody.
    cache = None if linked.issuperset(locked(stack)) else _cache()
    generated = provider_mirrors.cli_configuration(chosen, plugin_cache=cache)
    path = own / "terraform.tfrc"
    whole = generated + (f"\n{_read(theirs)}" if theirs else "")
    if files.recall(path) != whole:
        files.write(path, whole, mode=0o600)
    return path


def cache_turn(environment: Mapping[str, str], *, say: Callable[[str], None]) -> AbstractContextManager[None]:
    """One `terraform init` at a time where it may write the plugin cache, which Terraform itself does not lock.

    Args:
        environment: Terraform's own; its `TF_CLI_CONFIG_FILE` says whether there is a cache.
        say: told when there is another one to wait for.

    Raises:
        Locked: on entering; the other one has not ended in a quarter of an hour.
    """
    configuration = environment.get("TF_CLI_CONFIG_FILE")
    if configuration is None or CACHE_SETTING not in (files.recall(Path(configuration)) or ""):
        return nullcontext()
    lock = files.private_folder(settings.cache_folder()) / "providers.lock"
    return locks.turn(
        lock,
        lambda: Locked(
            f"another terraform init has filled the plugin cache for {CACHE_SECONDS / 60:.0f} minutes",
            where=str(lock),
            fix="wait for it, or end it",
        ),
        patience=CACHE_SECONDS,
        waiting=lambda: say("another terraform init fills the plugin cache; waiting for it"),
    )


def users_rule() -> Path | None:
    """The user's own Terraform configuration when it says where providers come from, else None.

    Raises:
        BadInput: it replaces locked providers (`dev_overrides`), or cannot be read.
    """
    users = settings.terraform_cli_config()
    if users is None:
        return None
    bare = _COMMENTS.sub("", _STRINGS.sub('""', _read(users)))
    if _OVERRIDES.search(bare):
        raise BadInput(
            "your Terraform configuration has dev_overrides, which put other programs in place of locked providers",
            where=str(users),
            fix="remove dev_overrides, or name another file in TF_CLI_CONFIG_FILE",
        )
    return users if _RULE.search(bare) or users.suffix == ".json" else None


def locked(stack: Path) -> dict[str, str]:
    """Addresses and versions of a Stack's locked providers."""
    return provider_mirrors.locked_versions(files.read(stack / LOCK_FILE) or "")


def packages(stack: Path) -> dict[str, Package]:
    """The locked providers of a Stack that mirrors of this machine hold, by address."""
    return provider_mirrors.choose(
        locked(stack), tool_store.own_platform(), provider_mirrors.packages(provider_mirrors.folders(roots()))
    )


def roots() -> provider_mirrors.Roots:
    """Where this machine may have mirrors; a checkout has none, just as it supplies no programs."""
    named = (settings.read(NAMED) or "").split(os.pathsep)
    return provider_mirrors.Roots(
        named=tuple(Path(folder).absolute() for folder in named if folder),
        home=settings.home(),
        data_folders=settings.data_folders(),
        system=platform.system(),
        addons=ADDONS,
    )


def _cache() -> Path:
    """Providers that are downloaded are shared by all Stacks: 700 MB each otherwise."""
    return files.private_folder(settings.cache_folder() / "providers")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "the Terraform configuration cannot be read",
            where=str(path),
            fix="correct the file, or name another one in TF_CLI_CONFIG_FILE",
        ) from error
