"""The source of a Stack's providers: the user's Terraform configuration, else local mirrors, else the registry.

Terraform's default ("implied local mirror directories") never looks elsewhere for a provider that has any version in such
a folder. infragate uses a folder only for the providers whose locked version and platform it holds. In every case
`terraform init -lockfile=readonly` checks each package against `.terraform.lock.hcl`.
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
ADDONS = Path("/opt")  # add-on packages (Filesystem Hierarchy Standard)
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
    """A locked provider's package for this platform.

    Attributes:
        mirror: the mirror folder that holds it.
        packed: True for a zip, which `init` unpacks into every data folder; it only links an unpacked package.
    """

    mirror: Path
    packed: bool


def cli_file(stack: Path, own: Path) -> Path:
    """The file for `TF_CLI_CONFIG_FILE`.

    This is the user's own file if it configures provider installation. Otherwise it is a generated file with the mirrors
    and the content of the user's file (credentials of private registries).

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
    # Linked packages need no cache, and without a cache there is no lock to wait for.
    cache = None if linked.issuperset(locked(stack)) else files.private_folder(settings.cache_folder() / "providers")
    users_file = settings.terraform_cli_config()
    users_text = files.read(users_file) if users_file else None
    text = cli_configuration(chosen, plugin_cache=cache) + (f"\n{users_text}" if users_text else "")
    path = own / "terraform.tfrc"
    if files.recall(path) != text:
        files.write(path, text, mode=0o600)
    return path


def cache_turn(environment: Mapping[str, str], *, say: Callable[[str], None]) -> AbstractContextManager[None]:
    """Let one `terraform init` at a time write the plugin cache, which Terraform does not lock.

    Args:
        environment: of Terraform; the file in its `TF_CLI_CONFIG_FILE` decides whether there is a cache.
        say: called before waiting for another init.

    Raises:
        Locked: on entering, if another init holds the lock for more than CACHE_SECONDS.
    """
    configuration = environment.get("TF_CLI_CONFIG_FILE")
    if configuration is None or CACHE_SETTING not in (files.recall(Path(configuration)) or ""):
        return nullcontext()
    lock = files.private_folder(settings.cache_folder()) / "providers.lock"
    return locks.hold(
        lock,
        lambda: Locked(
            f"another terraform init has been writing the plugin cache for {CACHE_SECONDS / 60:.0f} minutes",
            where=str(lock),
            fix="wait for it to end, or stop it",
        ),
        patience=CACHE_SECONDS,
        waiting=lambda: say("another terraform init is writing the plugin cache; waiting for it"),
    )


def users_rule() -> Path | None:
    """The user's Terraform configuration if it configures provider installation, else None.

    Raises:
        BadInput: it has `dev_overrides`, or cannot be read.
    """
    users = settings.terraform_cli_config()
    if users is None:
        return None
    bare = _COMMENTS.sub("", _STRINGS.sub('""', files.read(users) or ""))
    if _OVERRIDES.search(bare):
        raise BadInput(
            "your Terraform configuration has dev_overrides, which replace locked providers",
            where=str(users),
            fix="remove dev_overrides, or name another file in TF_CLI_CONFIG_FILE",
        )
    return users if _RULE.search(bare) or users.suffix == ".json" else None


def locked(stack: Path) -> dict[str, str]:
    """The versions of a Stack's locked providers, by address; Terraform always writes the lock file in the same format."""
    text = files.read(stack / LOCK_FILE) or ""
    return {entry["address"]: entry["version"] for entry in _LOCKED.finditer(text)}


def requirements(constraints: Mapping[str, str]) -> str:
    """HCL that requires providers, by address with their version constraints, and nothing else."""
    lines = []
    for number, (address, constraint) in enumerate(constraints.items()):
        version = f", version = {_hcl(constraint)}" if constraint else ""
        lines.append(f"    p{number} = {{ source = {_hcl(address)}{version} }}")
    return "\n".join(["terraform {", "  required_providers {", *lines, "  }", "}", ""])


def holds(mirror: Path, address: str, version: str, target: str) -> bool:
    """True if a mirror has the provider's package for a platform; `*` stands for any version."""
    return any(any(mirror.glob(pattern)) for pattern in _layouts(address, version, target).values())


def _layouts(address: str, version: str, target: str) -> dict[bool, str]:
    """The places of a package in a mirror: unpacked (False), and packed (True)."""
    name = f"terraform-provider-{address.rpartition('/')[2]}"
    return {False: f"{address}/{version}/{target}/{name}*", True: f"{address}/{name}_{version}_{target}.zip"}


def packages(stack: Path, mirrors: Iterable[Path] | None = None) -> dict[str, Package]:
    """The packages of a Stack's locked providers in local mirrors, by address; unpacked packages are preferred."""
    mirrors = tuple(folders() if mirrors is None else mirrors)
    target = tool_store.own_platform()
    chosen = {}
    for address, version in sorted(locked(stack).items()):
        matches = (
            Package(mirror=mirror, packed=packed)
            for packed, pattern in _layouts(address, version, target).items()
            for mirror in mirrors
            if any(mirror.glob(pattern))  # empty for a folder that cannot be read
        )
        if package := next(matches, None):
            chosen[address] = package
    return chosen


def folders(system: str | None = None, addons: Path = ADDONS) -> tuple[Path, ...]:
    """Existing mirror folders: from the setting, Terraform's implied ones in its order, add-ons with a registry.

    Folders in a checkout are never used: it must not supply programs.
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
        chosen: the result of `packages`.
        plugin_cache: existing folder for downloaded and unpacked providers, shared by all data folders (without it,
            700 MB each).
    """
    cache = [] if plugin_cache is None else [f"{CACHE_SETTING} = {_hcl(str(plugin_cache))}"]
    lines = ["disable_checkpoint = true", *cache, "", "provider_installation {"]
    for mirror in dict.fromkeys(package.mirror for package in chosen.values()):
        addresses = [address for address, package in chosen.items() if package.mirror == mirror]
        lines += [
            "  filesystem_mirror {",
            f"    path    = {_hcl(str(mirror))}",
            f"    include = {_hcl(addresses)}",
            "  }",
        ]
    excluded = [f"    exclude = {_hcl(list(chosen))}"] if chosen else []
    return "\n".join([*lines, "  direct {", *excluded, "  }", "}", ""])


def _hcl(value: str | list[str]) -> str:
    """A string or list as HCL: JSON with escaped interpolation."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${")
