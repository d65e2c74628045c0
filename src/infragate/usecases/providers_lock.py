"""`providers-lock`: complete the Stacks' provider lock files for every platform that the team works on.

Terraform records the checksums of its own platform only, and then refuses the package of any other. The versions stay
those of the lock file, and no code of the Stack is run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, own_folder
from infragate.adapters.terraform import provider_source
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.adapters.tools import tools_file
from infragate.domain.command import Say
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, InfragateError
from infragate.domain.terraform import provider_lock
from infragate.usecases import tools_install
from infragate.usecases.stack import terraform_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidersLockRequest:
    """Which lock files to complete.

    Attributes:
        environments: those whose Stack is in the checkout.
        mirror: folder or https address of a provider mirror; None for the providers' registry, or for a local mirror that
            holds the packages of all platforms.
    """

    root: Path
    environments: Sequence[Environment]
    mirror: str | None
    say: Say


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedLock:
    """One lock file; `added` is the number of new checksums."""

    file: str
    providers: Mapping[str, str]
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidersLockResult:
    """The lock files, complete for these platforms."""

    platforms: tuple[str, ...]
    locks: tuple[CompletedLock, ...]


def run(request: ProvidersLockRequest) -> ProvidersLockResult:
    """Complete all lock files, or change none.

    Raises:
        BadInput: a Stack has no lock file, or the mirror lacks a package.
        InfragateError: Terraform cannot fetch a package, or its checksum differs from the recorded one.
    """
    platforms = tuple(tools_file.read(tools_file.path(request.root)).select(("terraform",))[0].sha256)
    texts: dict[Path, str] = {}
    locks = []
    for environment in request.environments:
        folder = request.root / environment.directory
        path = folder / LOCK_FILE
        before = _text(folder, environment)
        providers = provider_source.locked(folder)
        after = _completed(request, folder, platforms) if providers else before
        added = len(provider_lock.hashes(after)) - len(provider_lock.hashes(before))
        texts |= {path: after} if added else {}
        locks.append(CompletedLock(file=f"{environment.directory}/{LOCK_FILE}", providers=providers, added=added))
    _write(texts)
    return ProvidersLockResult(platforms=platforms, locks=tuple(locks))


def _text(folder: Path, environment: Environment) -> str:
    text = files.read(folder / LOCK_FILE)
    if text is None:
        raise BadInput(
            f"there is no {LOCK_FILE}",
            where=environment.directory,
            fix=f"terraform -chdir={environment.directory} init -backend=false writes it; commit it",
        )
    return text


def _completed(request: ProvidersLockRequest, folder: Path, platforms: Sequence[str]) -> str:
    """The lock file, completed in a folder that requires the same providers and nothing else."""
    source = _source(request, folder, platforms)
    name = folder.relative_to(request.root).as_posix()
    request.say(f"{name}: {', '.join(platforms)} from {' '.join(source).partition('=')[2] or 'the registry'}")
    with tempfile.TemporaryDirectory(dir=own_folder.of(request.root)) as place:
        work = Path(place) / "root"
        work.mkdir()
        (work / "main.tf").write_text(provider_source.requirements(folder), encoding="utf-8")
        before = (folder / LOCK_FILE).read_text(encoding="utf-8")
        (work / LOCK_FILE).write_text(provider_lock.without_hashes(before), encoding="utf-8")
        terraform = terraform_in(
            work,
            program=tools_install.ready("terraform", request.root, say=request.say),
            data_folder=Path(place) / "data",
            where=f"{name}/{LOCK_FILE}",
            variables={},
        )
        terraform.lock_providers([*(f"-platform={platform}" for platform in platforms), *source])
        return provider_lock.merged(before, (work / LOCK_FILE).read_text(encoding="utf-8"), where=f"{name}/{LOCK_FILE}")


def _source(request: ProvidersLockRequest, folder: Path, platforms: Sequence[str]) -> list[str]:
    """Terraform's option for the mirror; none for the registry."""
    if request.mirror is None:
        whole = (mirror for mirror in provider_source.folders() if not _missing(folder, mirror, platforms))
        return [f"-fs-mirror={mirror}" for mirror in whole][:1]
    if "://" in request.mirror:
        if not request.mirror.startswith("https://"):
            raise BadInput(
                "Terraform takes network mirrors over https only", where="--mirror", fix="give its https address"
            )
        return [f"-net-mirror={request.mirror.rstrip('/')}/"]
    mirror = Path(request.mirror).absolute()
    if not mirror.is_dir():
        raise BadInput("there is no such folder", where=f"--mirror {mirror}", fix="give a folder or an https address")
    if missing := _missing(folder, mirror, platforms):
        raise BadInput(
            f"the mirror lacks {', '.join(missing)}",
            where=str(mirror),
            fix="add them with terraform providers mirror -platform=..., or leave --mirror out to use the registry",
        )
    return [f"-fs-mirror={mirror}"]


def _missing(folder: Path, mirror: Path, platforms: Sequence[str]) -> list[str]:
    """The packages that a mirror lacks."""
    locked = provider_source.locked(folder)
    return [
        f"{address.partition('/')[2]} {version} for {platform}"
        for platform in platforms
        for address, version in locked.items()
        if address not in provider_source.packages(folder, [mirror], platform)
    ]


def _write(texts: Mapping[Path, str]) -> None:
    """Replace all files; if one cannot be written, the others get their old text back."""
    before = {path: path.read_bytes() for path in texts}
    try:
        for path, text in texts.items():
            files.write(path, text)
    except InfragateError:
        for path, content in before.items():
            if path.read_bytes() != content:
                files.write(path, content)
        raise
