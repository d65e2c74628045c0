"""Where Terraform gets the providers of a Stack from: the user's own rule, else mirrors of this machine, else the registry.

Terraform's own rule ("implied local mirror directories") is all or nothing: a provider that has any version in such a
folder is never looked for elsewhere. Here a folder is used only for the providers whose locked version and platform it
holds. Whatever the source, `terraform init -lockfile=readonly` checks every package against `.terraform.lock.hcl`.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, locks, settings
from infragate.adapters.tools import tool_store
from infragate.domain.errors import BadInput, Locked

LOCK_FILE = ".terraform.lock.hcl"
CACHE_SETTING = "plugin_cache_dir"
CACHE_SECONDS = 900.0
ADDONS = Path("/opt")  # the Filesystem Hierarchy Standard's tree for add-on packages, absent on many machines
NAMED = "INFRAGATE_PROVIDER_MIRROR"
_LOCKED = re.compile(
    r'^provider\s+"(?P<address>[\w.:-]+/[\w-]+/[\w-]+)"\s*\{[^}]*?^\s*version\s*=\s*"(?P<version>[\w.+-]+)"',
    re.MULTILINE,
)
_COMMENTS = re.compile(r"/\*.*?\*/|(?:#|//)[^\n]*", re.DOTALL)
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_RULE = re.compile(r"\bprovider_installation\b")
_OVERRIDES = re.compile(r"\bdev_overrides\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The package of a locked provider for this machine.

    Attributes:
        mirror: the folder that holds it.
        packed: a zip, which `init` unpacks into every working folder; an unpacked one is linked and costs nothing.
    """

    mirror: Path
    packed: bool


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
    chosen = packages(stack)
    linked = {address for address, package in chosen.items() if not package.packed}
    # What is linked needs no cache, and a run that writes none waits for nobody.
    cache = None if linked.issuperset(locked(stack)) else files.private_folder(settings.cache_folder() / "providers")
    theirs = settings.terraform_cli_config()
    kept = files.read(theirs) if theirs else None
    whole = cli_configuration(chosen, plugin_cache=cache) + (f"\n{kept}" if kept else "")
    path = own / "terraform.tfrc"
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
    return locks.hold(
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
    bare = _COMMENTS.sub("", _STRINGS.sub('""', files.read(users) or ""))
    if _OVERRIDES.search(bare):
        raise BadInput(
            "your Terraform configuration has dev_overrides, which put other programs in place of locked providers",
            where=str(users),
            fix="remove dev_overrides, or name another file in TF_CLI_CONFIG_FILE",
        )
    return users if _RULE.search(bare) or users.suffix == ".json" else None


def locked(stack: Path) -> dict[str, str]:
    """Addresses and versions of a Stack's locked providers; Terraform writes the lock file in one fixed form."""
    text = files.read(stack / LOCK_FILE) or ""
    return {entry["address"]: entry["version"] for entry in _LOCKED.finditer(text)}


def packages(stack: Path, mirrors: Iterable[Path] | None = None) -> dict[str, Package]:
    """The locked providers of a Stack that mirrors of this machine hold, by address; unpacked ones first."""
    places = tuple(folders() if mirrors is None else mirrors)
    target = tool_store.own_platform()
    chosen = {}
    for address, version in sorted(locked(stack).items()):
        name = f"terraform-provider-{address.rpartition('/')[2]}"
        layouts = {False: f"{address}/{version}/{target}/{name}*", True: f"{address}/{name}_{version}_{target}.zip"}
        held = (
            Package(mirror=mirror, packed=packed)
            for packed, pattern in layouts.items()
            for mirror in places
            if any(mirror.glob(pattern))  # a folder that cannot be read holds nothing
        )
        if package := next(held, None):
            chosen[address] = package
    return chosen


def folders(system: str | None = None, addons: Path = ADDONS) -> tuple[Path, ...]:
    """Mirror folders that exist: named ones, Terraform's implied ones in its order, add-ons that hold a registry.

    A checkout has none, just as it supplies no programs.
    """
    named = (settings.read(NAMED) or "").split(os.pathsep)
    home = Path.home()
    places = [*(Path(folder).absolute() for folder in named if folder), home / ".terraform.d" / "plugins"]
    if (system or platform.system()) == "Darwin":
        support = Path("Library") / "Application Support" / "io.terraform" / "plugins"
        places += [home / support, Path("/") / support]
    else:
        places += [folder / "terraform" / "plugins" for folder in settings.data_folders()]
    places += sorted(registry.parent for registry in addons.glob("*/registry.terraform.io"))
    return tuple(dict.fromkeys(place for place in places if place.is_dir()))


def cli_configuration(chosen: Mapping[str, Package], *, plugin_cache: Path | None = None) -> str:
    """Text of a Terraform CLI configuration file.

    Args:
        chosen: what `packages` gave.
        plugin_cache: existing folder for providers that are downloaded or unpacked, shared by all working folders
            (700 MB each otherwise).
    """
    cache = [] if plugin_cache is None else [f"{CACHE_SETTING} = {_hcl(str(plugin_cache))}"]
    lines = ["disable_checkpoint = true", *cache, "", "provider_installation {"]
    for mirror in dict.fromkeys(package.mirror for package in chosen.values()):
        held = [address for address, package in chosen.items() if package.mirror == mirror]
        lines += [
            "  filesystem_mirror {",
            f"    path    = {_hcl(str(mirror))}",
            f"    include = {_hcl(held)}",
            "  }",
        ]
    excluded = [f"    exclude = {_hcl(list(chosen))}"] if chosen else []
    return "\n".join([*lines, "  direct {", *excluded, "  }", "}", ""])


def _hcl(value: str | list[str]) -> str:
    """HCL takes JSON's strings and lists; it must not see an interpolation."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${")
