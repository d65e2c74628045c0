"""Terraform providers that lie on this machine already, and the CLI configuration that uses them.

Terraform's own rule (CLI configuration file, "implied local mirror directories") is all or nothing: a provider that
has any version in such a folder is never looked for elsewhere. Here a folder is used exactly for the providers whose
wanted version and platform it holds; all others come from their registry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PLATFORM = re.compile(r"[a-z0-9]+_[a-z0-9]+")
PACKED = re.compile(r"terraform-provider-(?P<type>[^_]+)_(?P<version>[^_]+)_(?P<platform>[a-z0-9]+_[a-z0-9]+)\.zip")
REGISTRY = "registry.terraform.io"
_LOCK_ENTRY = re.compile(
    r'^provider\s+"(?P<address>[^"]+)"\s*\{[^}]*?^\s*version\s*=\s*"(?P<version>[^"]+)"', re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Where to begin.

    Attributes:
        named: mirrors that somebody chose by a setting; they come first.
        home: the user's home folder.
        data_folders: XDG data folders, the user's first.
        system: `platform.system()`; macOS has folders of its own.
        addons: the system's tree of add-on packages, /opt in the Filesystem Hierarchy Standard; None to leave it out.
    """

    named: tuple[Path, ...] = ()
    home: Path
    data_folders: tuple[Path, ...]
    system: str
    addons: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One provider version for one platform inside a mirror folder.

    Attributes:
        provider: full address, `registry.terraform.io/hashicorp/aws`.
        packed: a zip, which `init` unpacks into every working folder; an unpacked one is linked and costs nothing.
    """

    provider: str
    version: str
    platform: str
    mirror: Path
    packed: bool


def folders(roots: Roots) -> tuple[Path, ...]:
    """Mirror folders that exist: named ones, Terraform's implied ones in its order, add-ons that hold a registry."""
    places = [*roots.named, roots.home / ".terraform.d" / "plugins"]
    if roots.system == "Darwin":
        support = Path("Library") / "Application Support" / "io.terraform" / "plugins"
        places += [roots.home / support, Path("/") / support]
    else:
        places += [folder / "terraform" / "plugins" for folder in roots.data_folders]
    if roots.addons is not None:
        places += [child for child in _children(roots.addons) if (child / REGISTRY).is_dir()]
    return tuple(dict.fromkeys(place for place in places if place.is_dir()))


def packages(mirrors: Iterable[Path]) -> tuple[Package, ...]:
    """All that these mirrors hold, in both layouts: HOST/NAMESPACE/TYPE/VERSION/PLATFORM/ and a zip in TYPE/."""
    return tuple(package for mirror in mirrors for package in _of_mirror(mirror))


def locked_versions(lock_file: str) -> dict[str, str]:
    """Provider addresses and versions of a `.terraform.lock.hcl`, which Terraform writes in one fixed form."""
    return {found["address"]: found["version"] for found in _LOCK_ENTRY.finditer(lock_file)}


def choose(wanted: Mapping[str, str], platform: str, found: Iterable[Package]) -> dict[str, Package]:
    """For each wanted provider (address to version) the package to use, where there is one; unpacked ones first."""
    fitting: dict[str, Package] = {}
    for package in found:
        if package.platform != platform or wanted.get(package.provider) != package.version:
            continue
        known = fitting.get(package.provider)
        if known is None or (known.packed and not package.packed):
            fitting[package.provider] = package
    return dict(sorted(fitting.items()))


def cli_configuration(chosen: Mapping[str, Package], *, plugin_cache: Path | None = None) -> str:
    """Text of a Terraform CLI configuration file.

    Args:
        chosen: what `choose` gave.
        plugin_cache: existing folder for providers that are downloaded or unpacked, shared by all working folders.
    """
    lines = ["disable_checkpoint = true"]
    if plugin_cache is not None:
        lines.append(f"plugin_cache_dir = {_text(str(plugin_cache))}")
    lines += ["", "provider_installation {"]
    for mirror in dict.fromkeys(package.mirror for package in chosen.values()):
        addresses = [address for address, package in chosen.items() if package.mirror == mirror]
        lines += [
            "  filesystem_mirror {",
            f"    path    = {_text(str(mirror))}",
            f"    include = {_list(addresses)}",
            "  }",
        ]
    excluded = [f"    exclude = {_list(chosen)}"] if chosen else []
    lines += ["  direct {", *excluded, "  }", "}"]
    return "\n".join(lines) + "\n"


def _of_mirror(mirror: Path) -> Iterator[Package]:
    for host in _children(mirror):
        if "." not in host.name:  # a mirror may hold other things; a host has a dot
            continue
        for namespace in _children(host):
            for kind in _children(namespace):
                yield from _of_provider(mirror, f"{host.name}/{namespace.name}/{kind.name}", kind)


def _of_provider(mirror: Path, provider: str, folder: Path) -> Iterator[Package]:
    for entry in _entries(folder):
        if zipped := PACKED.fullmatch(entry.name):
            if zipped["type"] == folder.name and entry.is_file():
                yield Package(
                    provider=provider,
                    version=zipped["version"],
                    platform=zipped["platform"],
                    mirror=mirror,
                    packed=True,
                )
            continue
        for target in _children(entry):
            if PLATFORM.fullmatch(target.name) and any(target.glob(f"terraform-provider-{folder.name}*")):
                yield Package(provider=provider, version=entry.name, platform=target.name, mirror=mirror, packed=False)


def _entries(folder: Path) -> list[Path]:
    """Sorted; a folder that cannot be read holds nothing."""
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []


def _children(folder: Path) -> list[Path]:
    return [entry for entry in _entries(folder) if entry.is_dir()]


def _text(value: str) -> str:
    """An HCL string: JSON's escapes, and no interpolation."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${")


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"
