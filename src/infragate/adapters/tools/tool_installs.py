"""Installs pinned vendor programs into the cache: from the release, a mirror, a Go build, or with pip.

A folder of the cache is built under a temporary name and then renamed, under a lock, so that nobody sees half a program.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from infragate.adapters.local import files, locks
from infragate.adapters.process.signals import DeferredSignals
from infragate.adapters.tools import (
    archives,
    downloads,
    folder_identity,
    go_builds,
    program_identity,
    progress,
    tool_store,
    wheels,
)
from infragate.adapters.tools.tool_store import MANIFEST, Located, Places, Source
from infragate.domain.command import Command, Say
from infragate.domain.errors import BadInput, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.tools_lock import Asset, GoSource, PythonSource, Tool

LOCK_SECONDS = 1800.0
FIRST_START_SECONDS = 300.0  # thousands of new files, on a machine that does other things too


def obtain(tool: Tool, places: Places, *, say: Say, patience: downloads.Patience) -> Located:
    """Locate the program, or install it into the cache.

    Raises:
        BadInput: nothing is pinned for this platform, or the mirror cannot be used.
        RemoteFailed, Integrity: the release cannot be downloaded, or differs from its pin.
        ToolFailed: the build failed, or the new program does not run or has another version.
        Locked: another install has held the lock for LOCK_SECONDS.
    """
    located, notes = tool_store.locate(tool, places)
    for note in notes:
        say(note)
    if located:
        return located
    with _locked(tool, places):
        return tool_store.cached(tool, places, notes) or _Install(tool, places, notes, say, patience).run()


def _locked(tool: Tool, places: Places) -> AbstractContextManager[None]:
    folder = files.private_folder(tool_store.cache_folder(tool, places).parent)
    return locks.hold(
        folder / f"{tool.version}-{places.platform}.lock",
        lambda: Locked(
            f"another install of {tool.name} has run for {LOCK_SECONDS:.0f} s",
            where=str(folder),
            fix="wait for it, or end it",
        ),
        patience=LOCK_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class _Install:
    """One install; the caller holds the lock."""

    tool: Tool
    places: Places
    notes: tuple[str, ...]
    say: Say
    patience: downloads.Patience

    def run(self) -> Located:
        tool, asset = self.tool, self.tool.asset(self.places.platform)
        go, python = (None, None) if self.places.foreign else (tool.go, tool.python)
        if asset is not None:
            try:
                return self._unpack_release(asset)
            except RemoteFailed as error:
                if go is None and python is None:
                    raise RemoteFailed(
                        f"{tool.name} {tool.version} has no source but the release, and {error.message}",
                        where=error.where,
                        fix=f"check the network, name a mirror (--mirror), or put {tool.name} {tool.accepts} on PATH",
                    ) from error
                self.say(
                    f"{tool.name}: {error.message}; {'building it with Go' if go else 'taking its package'} instead"
                )
        if go is not None:
            return self._build(go)
        if python is not None:
            return self._install_package(python)
        raise BadInput(
            f"{tool.name} {tool.version} is not pinned for {self.places.platform}",
            where="tools.lock",
            fix=f"put {tool.name} {tool.accepts} on PATH, or add the platform's sha256 to tools.lock",
        )

    def _unpack_release(self, asset: Asset) -> Located:
        tool, mirror = self.tool, self.places.mirror
        with self._staging() as staging:
            fetched = staging / ".download"
            if mirror is not None and "://" not in mirror:
                archive = _from_folder(Path(mirror), asset)
            else:
                archive = self._download(asset, fetched)
            archives.extract_member(archive, tool.archive, tool.member, staging / tool.name)
            shutil.rmtree(fetched, ignore_errors=True)
            return self._finish(staging, "mirror" if mirror else "release")

    def _download(self, asset: Asset, folder: Path) -> Path:
        tool, mirror = self.tool, self.places.mirror
        url = asset.url if mirror is None else mirror.rstrip("/") + urlsplit(asset.url).path
        archive = folder / url.rpartition("/")[2]
        self.say(f"{tool.name} {tool.version}: downloading {downloads.shown(url)}")
        steps = progress.Steps(tool.name, self.say)
        downloads.fetch(url, archive, sha256=asset.sha256, patience=self.patience, progress=steps)
        return archive

    def _build(self, source: GoSource) -> Located:
        with self._staging() as staging:
            go_builds.build(self.tool, source, self.places, staging / self.tool.name, say=self.say)
            return self._finish(staging, "go")

    def _install_package(self, source: PythonSource) -> Located:
        tool, places = self.tool, self.places
        with self._staging() as staging:
            venv = staging if tool.program.own_python else staging / ".venv"
            wheels.install(tool, source, places, venv, say=self.say)
            if tool.program.own_python:
                wheels.compile_all(tool, venv, places, say=self.say)
            else:
                (venv / "bin" / tool.name).rename(staging / tool.name)
                shutil.rmtree(venv)
            return self._finish(staging, "python")

    @contextmanager
    def _staging(self) -> Iterator[Path]:
        """A temporary folder beside the final one; always removed at the end."""
        final = tool_store.cache_folder(self.tool, self.places)
        for leftover in final.parent.glob(f".{final.name}.*"):  # of a killed install: we hold the lock
            shutil.rmtree(leftover, ignore_errors=True)
        try:
            folder = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
        except OSError as error:
            raise ToolFailed(
                f"cannot create a folder: {error.strerror}", where=str(final.parent), fix=Command("doctor")
            ) from error
        try:
            yield folder
        finally:
            with DeferredSignals():  # a venv has ten thousand files
                shutil.rmtree(folder, ignore_errors=True)

    def _finish(self, staging: Path, source: Source) -> Located:
        """Check the new program's version, write its manifest, and rename the folder to its final name."""
        tool, final = self.tool, tool_store.cache_folder(self.tool, self.places)
        if not self.places.foreign:
            self._check_version(tool_store.program_file(tool, staging))
        if tool.program.own_python:
            wheels.relocate(staging, final)
            digest = folder_identity.digest(staging, without=MANIFEST, cache=None)
        else:
            digest = files.sha256(staging / tool.name)
        manifest = {
            "name": tool.name,
            "version": str(tool.version),
            "source": source,
            "origin": tool_store.origin(tool, self.places, source),
            "sha256": digest,
        }
        files.write(staging / MANIFEST, json.dumps(manifest, indent=2) + "\n")
        if final.exists():
            # From another pin, or damaged. Move it first: a rename does not replace a folder that has files.
            final.rename(staging / "replaced")
        staging.rename(final)
        shutil.rmtree(final / "replaced", ignore_errors=True)
        program, version = tool_store.program_file(tool, final), str(tool.version)
        return Located(name=tool.name, version=version, path=program, source=source, sha256=digest, notes=self.notes)

    def _check_version(self, program: Path) -> None:
        tool = self.tool
        version = program_identity.ask_version(tool, program, self.places.environment, seconds=FIRST_START_SECONDS)
        if version != tool.version:
            raise ToolFailed(
                f"the new {tool.name} prints {version or 'no version'}; expected {tool.version}",
                where=f"{tool.name} {' '.join(tool.program.version_command)}",
                fix="check version and member in tools.lock",
            )


def _from_folder(folder: Path, asset: Asset) -> Path:
    """The release file in a mirror folder: under the vendor's path, or directly in it."""
    path = Path(urlsplit(asset.url).path)
    for candidate in (folder.absolute() / path.relative_to("/"), folder.absolute() / path.name):
        if not candidate.is_file():
            continue
        actual = files.sha256(candidate)
        if actual != asset.sha256:
            raise Integrity(
                f"the file differs from its pin: expected sha256 {asset.sha256}, got {actual}",
                where=str(candidate),
                fix="download it again from the vendor; do not use this file",
            )
        return candidate
    raise RemoteFailed(f"{path.name} is not in the mirror folder", where=str(folder), fix="put the file there")
