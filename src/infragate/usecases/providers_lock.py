"""`providers-lock`: complete the Stacks' provider lock files for every platform that the team works on.

Terraform records the checksums of its own platform only, and then refuses the package of any other. A version changes
only if the code requires another one, and no code of the Stack is run.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, own_folder
from infragate.adapters.modules import module_calls
from infragate.adapters.terraform import hcl, provider_source
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.adapters.tools import tools_file
from infragate.domain.command import Say
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, InfragateError
from infragate.domain.terraform import constraints, provider_lock
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
        BadInput: the code cannot be read, or the mirror lacks a package.
        InfragateError: Terraform cannot fetch a package, or its checksum differs from the recorded one.
    """
    platforms = tuple(tools_file.read(tools_file.path(request.root)).select(("terraform",))[0].sha256)
    texts: dict[Path, str] = {}
    locks = []
    for environment in request.environments:
        stack = _stack(request.root, environment)
        after = _completed(request, stack, platforms) if stack.requirements else stack.text
        added = len(provider_lock.hashes(after) - provider_lock.hashes(stack.text))
        texts |= {request.root / stack.file: after} if after != stack.text else {}
        locks.append(CompletedLock(file=stack.file, providers=provider_lock.versions(after), added=added))
    _write(texts)
    return ProvidersLockResult(platforms=platforms, locks=tuple(locks))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stack:
    """The lock file of a Stack.

    Attributes:
        file: relative to the checkout.
        text: without the providers whose version the code does not allow any more.
        requirements: version constraints by address: those of the lock file, and of the code where it has others.
    """

    file: str
    text: str
    requirements: Mapping[str, str]


def _stack(root: Path, environment: Environment) -> _Stack:
    folder = root / environment.directory
    text = files.read(folder / LOCK_FILE) or ""
    versions, requirements = provider_lock.versions(text), provider_lock.constraints(text)
    for address, constraint in _required(folder, root).items():
        locked = versions.get(address)
        if locked is None or not _allows(constraint, locked, environment.directory):
            requirements[address] = constraint
            text = provider_lock.without(text, address)
    return _Stack(file=f"{environment.directory}/{LOCK_FILE}", text=text, requirements=requirements)


def _allows(constraint: str, locked: str, where: str) -> bool:
    try:
        return constraints.allows(constraint, locked, of_provider=True)
    except ValueError:
        raise BadInput(
            f"not a version constraint: {constraint}",
            where=f"{where}, required_providers",
            fix='write it as ">= 5.0, < 6.0" or "~> 5.100"',
        ) from None


def _required(folder: Path, root: Path) -> dict[str, str]:
    """The constraints in `required_providers` of the Stack and its local modules, by address.

    Raises:
        BadInput: the code cannot be read.
    """
    calls = module_calls.read_all(folder, relative_to=root).values()
    local = {call.folder / call.source.address for call in calls if call.source and call.source.kind == "local"}
    required: dict[str, set[str]] = defaultdict(set)
    for each in (folder, *sorted(local)):
        for address, constraint in _declared(each, root):
            required[address].add(constraint)
    return {address: ", ".join(sorted(filter(None, each))) for address, each in required.items()}


def _declared(folder: Path, root: Path) -> list[tuple[str, str]]:
    return [
        (provider_lock.address(entry.name, entry.expression), provider_lock.version(entry.expression))
        for file in hcl.read_folder(folder, relative_to=root)
        for settings in file.of_kind("terraform")
        for block in settings.blocks
        if block.kind == "required_providers"
        for entry in block.attributes
    ]


def _completed(request: ProvidersLockRequest, stack: _Stack, platforms: Sequence[str]) -> str:
    """The lock file, completed in a folder that requires the same providers and nothing else."""
    source = _source(request, stack, platforms)
    request.say(f"{stack.file}: {', '.join(platforms)} from {' '.join(source).partition('=')[2] or 'the registry'}")
    with tempfile.TemporaryDirectory(dir=own_folder.of(request.root)) as place:
        work = Path(place) / "root"
        work.mkdir()
        (work / "main.tf").write_text(provider_source.requirements(stack.requirements), encoding="utf-8")
        (work / LOCK_FILE).write_text(provider_lock.without_hashes(stack.text), encoding="utf-8")
        terraform = terraform_in(
            work,
            root=work,
            program=tools_install.ready("terraform", request.root, say=request.say),
            data_folder=Path(place) / "data",
            where=stack.file,
            variables={},
        )
        terraform.lock_providers([*(f"-platform={platform}" for platform in platforms), *source])
        return provider_lock.merged(stack.text, (work / LOCK_FILE).read_text(encoding="utf-8"), where=stack.file)


def _source(request: ProvidersLockRequest, stack: _Stack, platforms: Sequence[str]) -> list[str]:
    """Terraform's option for the mirror; none for the registry."""
    if request.mirror is None:
        whole = (mirror for mirror in provider_source.folders() if not _missing(stack, mirror, platforms))
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
    if missing := _missing(stack, mirror, platforms):
        raise BadInput(
            f"the mirror lacks {', '.join(missing)}",
            where=str(mirror),
            fix="add them with terraform providers mirror -platform=..., or leave --mirror out to use the registry",
        )
    return [f"-fs-mirror={mirror}"]


def _missing(stack: _Stack, mirror: Path, platforms: Sequence[str]) -> list[str]:
    """The packages that a mirror lacks; a provider without a locked version counts as soon as it has none at all."""
    versions = provider_lock.versions(stack.text)
    return [
        f"{address.partition('/')[2]} {versions.get(address, 'in any version')} for {platform}"
        for address in stack.requirements
        for platform in platforms
        if not provider_source.holds(mirror, address, versions.get(address, "*"), platform)
    ]


def _write(texts: Mapping[Path, str]) -> None:
    """Replace all files; if one cannot be written, the others get their old text back."""
    before = {path: path.read_bytes() if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            files.write(path, text)
    except InfragateError:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != content:
                files.write(path, content)
        raise
