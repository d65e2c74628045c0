"""`policy/policies.lock`: commit and content digest of each set of policies that comes from elsewhere.

It is a file of its own beside `infra/modules.lock`: the gate reads it from the trusted policy bundle, which holds
`policy/` and nothing else, and no Stack uses what it pins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from infragate.domain.command import Advice, Command
from infragate.domain.errors import Integrity

FILE = "policy/policies.lock"
SCHEMA_VERSION = 1
WRITE = Command("modules-lock", ("--policies",))
ACCEPT_MOVED: Advice = (
    "ask who moved it; if the move is right: ",
    Command("modules-lock", ("--policies", "--accept-moved")),
    ", and have its diff reviewed",
)
_FIELDS = ("source", "ref", "commit", "tree")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TREE = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPin:
    """One set of policies at one ref.

    Attributes:
        source: as `PolicySource.address`.
        commit: None for an OCI artifact, whose digest is its ref.
        tree: digest of the fetched files, as that of a module.
    """

    source: str
    ref: str
    commit: str | None
    tree: str

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLock:
    """All pins."""

    pins: tuple[PolicyPin, ...] = ()

    def pin(self, source: str, ref: str) -> PolicyPin | None:
        return next((pin for pin in self.pins if pin.key == (source, ref)), None)

    def text(self) -> str:
        """The text of the file: one value per line, so that a diff shows what changed."""
        document = {"schema_version": SCHEMA_VERSION, "pins": [asdict(pin) for pin in self.pins]}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def of_pins(pins: Iterable[PolicyPin]) -> PolicyLock:
    """The lock of some pins; equal ones once."""
    return PolicyLock(pins=tuple(sorted(set(pins), key=lambda pin: pin.key)))


def parse(text: str) -> PolicyLock:
    """Read the text of the file.

    Raises:
        Integrity: it is damaged, or has an unknown schema_version.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged("it is not JSON") from None
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise _damaged(f"it has no schema_version {SCHEMA_VERSION}")
    entries = document.get("pins")
    if not isinstance(entries, list) or not all(_is_pin(entry) for entry in entries):
        raise _damaged(f"each of its pins needs {', '.join(_FIELDS)}")
    lock = of_pins(PolicyPin(**entry) for entry in entries)
    if len({pin.key for pin in lock.pins}) < len(entries):
        raise _damaged("a pin is repeated")
    return lock


def moved(old: PolicyPin, new: PolicyPin) -> Integrity:
    """The error for a set whose content is not the locked one."""
    if old.commit != new.commit:
        message = f"the tag {new.ref} was moved: expected commit {old.commit}, got {new.commit}"
    else:
        message = f"the policies are not the locked ones: expected {old.tree}, got {new.tree}"
    return Integrity(message, where=new.source, fix=ACCEPT_MOVED)


def _is_pin(entry: Any) -> bool:
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        return False
    commit = entry["commit"]
    of_git = isinstance(commit, str) and _COMMIT.fullmatch(commit) is not None
    texts = all(isinstance(entry[name], str) and entry[name] for name in ("source", "ref", "tree"))
    return texts and (of_git or commit is None) and _TREE.fullmatch(entry["tree"]) is not None


def _damaged(why: str) -> Integrity:
    return Integrity(
        f"the lock of the policies is damaged: {why}",
        where=FILE,
        fix=(f"git checkout -- {FILE}; or remove it, run ", WRITE, ", and review git diff"),
    )
