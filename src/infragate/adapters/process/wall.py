"""What a program that runs foreign code can reach. `isolation.py` puts it behind such a wall."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

# Programs and libraries. What is not there is passed over.
_PROGRAMS = "/usr /bin /sbin /lib /lib32 /lib64 /libx32 /opt /nix/store /gnu/store /sys/kernel/mm/transparent_hugepage"
# Of /etc only what programs need to start, look up names and check certificates: root could read the keys in the rest.
_SETTINGS = (
    "alternatives ca-certificates crypto-policies gai.conf group host.conf hosts hostname ld.so.cache ld.so.conf ld.so.conf.d "
    "localtime mime.types nsswitch.conf os-release passwd protocols resolv.conf services timezone pki/ca-trust "
    "pki/tls/cert.pem pki/tls/certs ssl/ca-bundle.pem ssl/cert.pem ssl/certs ssl/openssl.cnf"
)
_RESOLVER = Path("/etc/resolv.conf")
READ_DEVICES = tuple(Path("/dev") / name for name in ("zero", "random", "urandom"))
WRITE_DEVICES = (Path("/dev/null"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """The files and addresses that a program can reach, besides the system's programs and a private HOME and TMPDIR.

    Attributes:
        readable, writable: files and folders; one that does not exist is passed over.
        ports: TCP ports that it may connect to.
        datagrams: whether it may use UDP (name lookups).
    """

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    ports: tuple[int, ...] = ()
    datagrams: bool = False

    def also(self, *, readable: Iterable[Path] = (), writable: Iterable[Path] = ()) -> Self:
        """The same wall with more files."""
        return replace(self, readable=(*self.readable, *readable), writable=(*self.writable, *writable))


def system() -> tuple[Path, ...]:
    """What every program may read: programs, libraries, certificates, the settings of name lookups."""
    places = [*_PROGRAMS.split(), *(f"/etc/{name}" for name in _SETTINGS.split())]
    real = _RESOLVER.resolve()
    # A resolver service replaces its file while programs run: its folder, since another file is another inode.
    resolver = () if real.is_relative_to(_RESOLVER.parent) else (real.parent,)
    return (*map(Path, places), *resolver)


def entries(folder: Path) -> tuple[Path, ...]:
    """What a checkout holds of its own: no hidden entries (.git, .env), no links, which lead elsewhere."""
    with os.scandir(folder) as inside:
        return tuple(Path(entry.path) for entry in inside if not entry.name.startswith(".") and not entry.is_symlink())
