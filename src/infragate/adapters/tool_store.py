"""Finds and installs pinned vendor programs: PATH, then the cache, then the release or a mirror, then a Go build.

The cache lies outside every checkout: `<cache>/tools/<name>/<version>-<platform>/` holds the program and a
`manifest.json` with its digests. A folder is made whole under another name and then renamed, under a lock, so that
two installs at once cannot meet half a program.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from packaging.version import Version

from infragate.adapters import archives, downloads, files, process
from infragate.domain.errors import BadInput, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.tools_lock import Asset, GoSource, Tool, ToolsLock, parse

Source = Literal["path", "cache", "release", "mirror", "go"]
Say = Callable[[str], None]
MANIFEST = "manifest.json"
VERSION_SECONDS = 60.0
BUILD_SECONDS = 1800.0
LOCK_SECONDS = 1800.0
READABLE_STEPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to look and where to put.

    Attributes:
        cache: the cache folder of infragate.
        search_path: a PATH; entries that are not absolute are passed over (a checkout must not supply programs).
        platform: `os_arch`.
        mirror: base address that stands in for the vendor's host, with the same paths; None for the vendor.
        go_sources: folder that holds `<tool>/go.mod` and `go.sum`.
        environment: what child programs get.
    """

    cache: Path
    search_path: str
    platform: str
    mirror: str | None
    go_sources: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A program that may be used; `notes` say what was passed over."""

    name: str
    version: str
    path: Path
    source: Source
    sha256: str
    notes: tuple[str, ...] = ()


def default_cache() -> Path:
    """The user's cache folder (XDG on Linux, ~/Library/Caches on macOS)."""
    import platformdirs

    return platformdirs.user_cache_path("infragate")


def read_lock(path: Path) -> ToolsLock:
    """Read `tools.lock`.

    Raises:
        BadInput: missing or wrong; `where` carries the line.
    """
    text = files.read(path)
    if text is None:
        raise BadInput("there is no lock file of vendor programs", where=str(path), fix="run it inside a checkout")
    return parse(text, where=path.name)


def locate(tool: Tool, places: Places) -> Located | None:
    """A program that is already there, on PATH or in the cache; never downloads.

    Raises:
        Integrity: the cached program is not what was put there.
    """
    found, notes = _on_path(tool, places)
    return found or _cached(tool, places, notes)


def obtain(tool: Tool, places: Places, *, say: Say, patience: downloads.Patience | None = None) -> Located:
    """The program, installed into the cache when it is nowhere yet.

    Raises:
        BadInput: nothing is pinned for this platform.
        RemoteFailed, Integrity: the release could not be fetched, or is not what is pinned.
        ToolFailed: the Go build failed, or what was installed does not run or says another version.
        Locked: another install holds the cache for too long.
    """
    found, notes = _on_path(tool, places)
    for note in notes:
        say(note)
    if found:
        return found
    with _locked(tool, places):
        return _cached(tool, places, notes) or _install(tool, places, notes, say, patience)


def _on_path(tool: Tool, places: Places) -> tuple[Located | None, tuple[str, ...]]:
    notes: list[str] = []
    for folder in places.search_path.split(os.pathsep):
        program = Path(folder, tool.name)
        if not folder or not program.is_absolute() or not program.is_file() or not os.access(program, os.X_OK):
            continue
        version = _version_of(tool, program, places.environment)
        if version is None:
            notes.append(f"{program} is not used: its version cannot be read")
        elif not tool.accepts.contains(version):
            notes.append(f"{program} is not used: it is {version}, {tool.accepts} is asked for")
        else:
            return _located(tool, program, version, "path", notes=tuple(notes)), tuple(notes)
    return None, tuple(notes)


def _version_of(tool: Tool, program: Path, environment: Mapping[str, str]) -> Version | None:
    """What the program says of itself; None when it does not run or cannot be understood."""
    try:
        done = process.run(
            [str(program), *tool.version_command],
            env={**environment, **tool.environment},
            timeout=VERSION_SECONDS,
        )
    except ToolFailed:
        return None
    return tool.read_version(done.stdout) or tool.read_version(done.stderr)


def _located(
    tool: Tool, program: Path, version: Version, source: Source, *, notes: tuple[str, ...], sha256: str | None = None
) -> Located:
    digest = sha256 or files.sha256(program)
    return Located(name=tool.name, version=str(version), path=program, source=source, sha256=digest, notes=notes)


def _folder(tool: Tool, places: Places) -> Path:
    return places.cache / "tools" / tool.name / f"{tool.version}-{places.platform}"


def _origin(tool: Tool, places: Places, source: Source) -> str:
    """What a cached program was made from; when the pin changes, the cached one no longer counts."""
    asset = tool.asset(places.platform)
    if source == "go" and tool.go is not None:
        folder = places.go_sources / tool.go.folder
        return "+".join(files.sha256(folder / name) for name in ("go.mod", "go.sum") if (folder / name).is_file())
    return asset.sha256 if asset else ""


def _cached(tool: Tool, places: Places, notes: tuple[str, ...]) -> Located | None:
    folder = _folder(tool, places)
    text = files.read(folder / MANIFEST)
    program = folder / tool.name
    if text is None or not program.is_file():
        return None
    try:
        manifest = json.loads(text)
        source, origin, digest = manifest["source"], manifest["origin"], manifest["sha256"]
    except (ValueError, KeyError, TypeError):
        return None
    if origin != _origin(tool, places, source):
        return None
    found = files.sha256(program)
    if found != digest:
        raise Integrity(
            f"the cached {tool.name} was changed: expected sha256 {digest}, found {found}",
            where=str(program),
            fix=f"rm -r {folder} && inv tools-install",
        )
    return _located(tool, program, tool.version, "cache", notes=notes, sha256=digest)


@contextmanager
def _locked(tool: Tool, places: Places) -> Iterator[None]:
    import filelock

    folder = files.private_folder(_folder(tool, places).parent)
    lock = filelock.FileLock(folder / f"{tool.version}-{places.platform}.lock", timeout=LOCK_SECONDS)
    try:
        with lock:
            yield
    except filelock.Timeout as error:
        raise Locked(
            f"another install of {tool.name} has not ended in {LOCK_SECONDS:.0f} s",
            where=str(folder),
            fix="wait for it, or end it",
        ) from error


def _install(
    tool: Tool, places: Places, notes: tuple[str, ...], say: Say, patience: downloads.Patience | None
) -> Located:
    asset = tool.asset(places.platform)
    if asset is not None:
        try:
            return _unpack_release(tool, places, asset, notes, say, patience)
        except RemoteFailed as error:
            if tool.go is None:
                raise
            say(f"{tool.name}: {error.message}; building it with Go instead")
    if tool.go is not None:
        return _build(tool, tool.go, places, notes, say)
    raise BadInput(
        f"{tool.name} {tool.version} is not pinned for {places.platform}",
        where="tools.lock",
        fix=f"put {tool.name} {tool.accepts} on PATH, or add the platform's sha256 to tools.lock",
    )


def _unpack_release(
    tool: Tool, places: Places, asset: Asset, notes: tuple[str, ...], say: Say, patience: downloads.Patience | None
) -> Located:
    url = _mirrored(asset.url, places.mirror)
    archive = _folder(tool, places).parent / f"{asset.sha256[:16]}-{url.rpartition('/')[2]}"
    say(f"{tool.name} {tool.version}: downloading {downloads.shown(url)}")
    downloads.fetch(url, archive, sha256=asset.sha256, patience=patience, progress=_steps(tool.name, say))
    source: Source = "mirror" if places.mirror else "release"
    with _staging(tool, places) as folder:
        archives.extract_member(archive, tool.archive, tool.member, folder / tool.name)
        program = _finish(tool, places, folder, source)
    archive.unlink(missing_ok=True)
    return _located(tool, program, tool.version, source, notes=notes)


def _build(tool: Tool, go_source: GoSource, places: Places, notes: tuple[str, ...], say: Say) -> Located:
    """Compile a module of ours whose go.mod and go.sum pin every dependency (`-mod=readonly` checks them)."""
    module = places.go_sources / go_source.folder
    if not (module / "go.mod").is_file():
        raise BadInput(
            f"there is no Go source of {tool.name}", where=str(module / "go.mod"), fix="add it, or its sha256"
        )
    go = shutil.which("go", path=places.search_path)
    if go is None:
        raise ToolFailed(
            f"Go is needed to build {tool.name}", where="PATH", fix="install Go, or allow the release site"
        )
    say(f"{tool.name} {tool.version}: building with Go, this takes minutes")
    flags = f"-s -w {go_source.ldflags}".replace("{version}", str(tool.version)).strip()
    with _staging(tool, places) as folder:
        out, package = str(folder / tool.name), go_source.package
        process.run(
            [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", out, package],
            cwd=module,
            env={**places.environment, "CGO_ENABLED": "0"},
            timeout=BUILD_SECONDS,
        )
        program = _finish(tool, places, folder, "go")
    return _located(tool, program, tool.version, "go", notes=notes)


@contextmanager
def _staging(tool: Tool, places: Places) -> Iterator[Path]:
    """A folder beside the final one, gone afterwards whatever happened."""
    final = _folder(tool, places)
    for left in final.parent.glob(f".{final.name}.*"):  # of an install that was killed: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    except OSError as error:
        raise ToolFailed(
            f"cannot make a folder: {error.strerror}", where=str(final.parent), fix="inv doctor"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _finish(tool: Tool, places: Places, folder: Path, source: Source) -> Path:
    """Try the new program, write its manifest, and move the folder to its place."""
    program, final = folder / tool.name, _folder(tool, places)
    version = _version_of(tool, program, places.environment)
    if version != tool.version:
        said = "does not say its version" if version is None else f"says {version}"
        raise ToolFailed(
            f"the new {tool.name} {said}, {tool.version} was expected",
            where=f"{tool.name} {' '.join(tool.version_command)}",
            fix="check version, member, version_command and version_pattern in tools.lock",
        )
    manifest = {
        "name": tool.name,
        "version": str(tool.version),
        "source": source,
        "origin": _origin(tool, places, source),
        "sha256": files.sha256(program),
    }
    files.write(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    if final.exists():
        # It was made from another pin, or is half gone: out of the way first, a rename does not replace a folder.
        final.rename(folder / "replaced")
    folder.rename(final)
    shutil.rmtree(final / "replaced", ignore_errors=True)
    return final / tool.name


def _mirrored(url: str, mirror: str | None) -> str:
    if mirror is None:
        return url
    if urlsplit(mirror).scheme not in {"http", "https"} or not urlsplit(mirror).hostname:
        raise BadInput("the mirror is not an http address", where=downloads.shown(mirror), fix="correct the setting")
    return mirror.rstrip("/") + urlsplit(url).path


def _steps(name: str, say: Say) -> downloads.Progress:
    """Say a quarter, a half, three quarters."""
    said = 0

    def progress(done: int, total: int | None) -> None:
        nonlocal said
        step = READABLE_STEPS * done // total if total else 0
        if total and said < step < READABLE_STEPS:
            said = step
            say(f"{name}: {100 * step // READABLE_STEPS}% of {total / 1e6:.0f} MB")

    return progress
