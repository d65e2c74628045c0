"""The judge's rule for module calls: nothing is fetched that the module lock does not know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from infragate.domain.command import Command
from infragate.domain.finding import Finding
from infragate.domain.modules import module_source, module_states
from infragate.domain.modules.module_lock import CANNOT_BE_LOCKED, FILE, ModuleLock
from infragate.domain.modules.module_source import ModuleSource
from infragate.domain.terraform import constraints
from infragate.domain.terraform.code_blocks import CodeBlock, CodeFile
from infragate.domain.terraform.code_module import CodeModule

REFUSED = "code/module-source"
# A user in a URL; over ssh, a name without a password is how git signs in.
_SECRET = re.compile(r"https?://[^/]*@|\w+://[^/:@]+:[^/]*@", re.IGNORECASE)
_ON_DISK = re.compile(r"(?:\w+::)?(?:/|~|file:|[A-Za-z]:[\\/])", re.IGNORECASE)
# Names that nobody gives a release; whether any other ref is a branch is known after a fetch only.
_BRANCHES = frozenset(("main", "master", "develop", "trunk", "HEAD"))
_RUNS = re.compile(r"(?:\w+::)*ext::", re.IGNORECASE)


def source_of(block: CodeBlock) -> ModuleSource | None:
    """The source of a call; None if it is not a plain string."""
    argument = block.argument("source")
    if argument is None or argument.literal is None:
        return None
    return module_source.parse(unicodedata.normalize("NFC", argument.literal))  # as Terraform does


def of_calls(module: CodeModule, lock: ModuleLock, stack: str) -> Iterator[Finding]:
    """The complaints about the sources of one module's calls.

    Args:
        stack: the folder of the Stack, as the lock names it.
    """
    for file, block in module.blocks:
        if block.kind == "module" and block.labels and block.argument("source"):
            yield from _of_call(module, file, block, lock, stack)


def of_test(module: CodeModule, file: CodeFile) -> Iterator[Finding]:
    """The complaints about a test file of the Stack: its runs may call folders of this repository only."""
    if file.unreadable:
        message = f"cannot read it as Terraform does: {file.unreadable}"
        yield module.finding("unreadable", message, at=(file, file.line), fix=f"terraform fmt -check {file.name}")
    calls = [inner for block in file.blocks if block.kind == "run" for inner in block.blocks if inner.kind == "module"]
    for call in calls:
        source = source_of(call)
        if source is None or source.kind != "local":
            yield module.finding(
                "module-source",
                "a test calls a module that would be fetched with those of the Stack",
                at=(file, call.line),
                fix="call a folder of this repository, or move the test out of the Stack",
            )


def of_outside(module: CodeModule, file: CodeFile, block: CodeBlock) -> Finding:
    """The complaint about a local module whose folder is not in the checkout."""
    return module.finding(
        "module-source",
        f"the source of module {block.labels[0]} leads out of the checkout",
        at=(file, block.line),
        address=module.address("module", block.labels[0]),
        fix="call a folder of this repository",
    )


def _of_call(module: CodeModule, file: CodeFile, block: CodeBlock, lock: ModuleLock, stack: str) -> Iterator[Finding]:
    argument, source = block.argument("source"), source_of(block)
    name = ".".join([*(part for part in (module.key,) if part), block.labels[0]])
    line = argument.line if argument else block.line
    why = _refused(argument.literal if argument else None)
    if why or source is None:
        yield module.finding(
            "module-source",
            f"the source of module {name} {why}",
            at=(file, line),
            address=module.address("module", block.labels[0]),
            fix="write it out as a release in a git repository (?ref=vX.Y.Z), in a registry, or as a folder here",
        )
    elif source.kind != "local" and not module.fetched:
        yield from _unlocked(file, block, source, name, lock, stack)


def _refused(written: str | None) -> str:
    """Why such a source is never fetched; "" if it may be."""
    if written is None:
        return "is not a plain string"
    if _RUNS.match(written):
        return "runs a program (ext::)"
    if _SECRET.search(written):
        return "holds a password or token"
    return "is a place on this machine" if _ON_DISK.match(written) else ""


def _unlocked(
    file: CodeFile, block: CodeBlock, source: ModuleSource, name: str, lock: ModuleLock, stack: str
) -> Iterator[Finding]:
    """As the check after the fetch says it, but before it."""
    version = block.argument("version")
    ref = constraints.exact(version.literal or "") if source.kind == "registry" and version else source.ref
    pin = lock.pin(source.address, ref) if ref else None
    if pin is not None and stack in pin.stacks:
        return
    if source.kind == "other":
        state, message = "unpinned", f"module {name}: {source.address} {CANNOT_BE_LOCKED}"
    elif ref is None and source.kind == "registry":
        state, message = "unpinned", f"module {name} has no exact version, so its release can change"
    elif ref is None:
        state, message = "unpinned", f"module {name} has no ref: it follows the repository's default branch"
    elif ref in _BRANCHES and source.kind == "git":
        state, message = "unpinned", f"module {name}: ref {ref} is a branch"
    else:
        state, message = "unlocked", f"module {name} ({source.name} at {ref}) is not in {FILE} for this Stack"
    pinning = module_states.PIN_A_RELEASE
    yield Finding(
        id=f"{module_states.SOURCE}/{state}",
        source=module_states.SOURCE,
        message=message,
        address=f"module {name}: {source.address}",
        file=file.name,
        line=block.line,
        link="docs/module-lock.md",
        fix=pinning if state == "unpinned" else (Command("modules-lock"), f", then commit {FILE}"),
    )
