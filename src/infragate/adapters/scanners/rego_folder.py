"""What a folder of Rego policies holds: packages, the rules in them, and the inputs that each rule must refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, tree_digest
from infragate.domain.errors import BadInput

KNOWN_BAD, BAD_DATA, TESTS = "bad.json", "bad-data.json", "_test.rego"
_PACKAGE = re.compile(r"(?m)^package\s+([\w.]+)[ \t]*(?:#.*)?$")
_HEAD = re.compile(r"(?m)^((?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*)\b(.*)$")
# Where a rule of the gate may begin, by its last word; comments are cut before.
_BEGIN = re.compile(r"\b(?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*\s+contains\b")
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
# What Rego v1 refuses at the start of a line: a body without `if`, a set of messages without `contains`.
_V0 = re.compile(
    r"(?m)^(?:[A-Za-z_][\w.]*(?:\[[^\]\n]*\]|\([^)\n]*\))?(?:[ \t]*:?=[ \t]*[\w.-]+)?[ \t]*\{"
    r"|(?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*[ \t]*\[)"
)
V0_FIX = "opa fmt --write --v0-v1 FOLDER rewrites it: `import rego.v1`, `if` before each body, `contains` in sets of messages"
GONE_FIX = "opa check --v0-v1 FOLDER names every place; each must be rewritten by hand"
_EXCEPTION = re.compile(r"(?m)^exception\b")
_ID = re.compile(r"(?m)^#\s+id:\s*(\S+)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFolder:
    """A set of policies.

    Attributes:
        name: for messages.
        known_bad: every folder with a rule must have `bad.json`, an input that the rule refuses. A rule that can never
            fire counts as passed otherwise.
    """

    name: str
    folder: Path
    known_bad: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RegoPackage:
    """One package with rules.

    Attributes:
        id: in its METADATA; "" if there is none.
        heads: the names of the rules: `deny`, `warn_public`.
        bad: the input that it must refuse.
    """

    name: str
    id: str
    heads: frozenset[str]
    bad: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegoPackages:
    """The packages of a folder.

    Attributes:
        files: the package of each file, of libraries and tests too.
        rules: those with rules.
        data: what the rules see beside the known-bad inputs; None for the run's own.
    """

    files: Mapping[str, str]
    rules: tuple[RegoPackage, ...]
    data: Path | None

    @property
    def names(self) -> frozenset[str]:
        """All packages."""
        return frozenset(self.files.values())


def read(policies: PolicyFolder) -> RegoPackages:
    """Read the heads of all rules.

    Raises:
        BadInput: Rego v0; no rule, a rule that cannot fire or lifts others, or one without its known-bad input.
    """
    packages: dict[str, str] = {}
    rules: dict[str, RegoPackage] = {}
    if not policies.folder.is_dir():
        raise BadInput(f"there is no folder of policies {policies.name}", where=str(policies.folder))
    for name, entry in sorted(tree_digest.walk(policies.folder, skip=lambda name: name.startswith("."))):
        if not name.endswith(".rego") or not entry.is_file():
            continue
        text = files.read(Path(entry.path)) or ""
        declared = _PACKAGE.search(text)
        if declared is None:
            raise BadInput("a policy without a package", where=name, fix="begin it with `package NAME`")
        if old := _V0.search(text):
            raise rego_v0(_place(name, text, old))
        packages[entry.path] = declared[1]
        if name.endswith(TESTS) or not (heads := _heads(text, name, whole=policies.known_bad)):
            continue
        bad = Path(entry.path).with_name(KNOWN_BAD)
        identity = _ID.search(text)
        before = rules.get(declared[1])
        rules[declared[1]] = RegoPackage(
            name=declared[1],
            id=identity[1] if identity else before.id if before else "",
            heads=heads | (before.heads if before else frozenset()),
            bad=bad if bad.is_file() else before.bad if before else None,
        )
    _refuse_missing(policies, rules)
    data = policies.folder / BAD_DATA
    return RegoPackages(files=packages, rules=tuple(rules.values()), data=data if data.is_file() else None)


def rego_v0(where: str, *, what: str = "") -> BadInput:
    """The error for policies in the language of OPA before 1.0; `what` no program can rewrite."""
    message = "the policies are written in Rego v0; Conftest reads v1"
    return BadInput(f"{message}: {what}" if what else message, where=where, fix=GONE_FIX if what else V0_FIX)


def _place(name: str, text: str, match: re.Match[str]) -> str:
    return f"{name}:{text.count(chr(10), 0, match.start()) + 1}"


def _heads(text: str, name: str, *, whole: bool) -> frozenset[str]:
    """The names of the rules for the gate, all of a form that can fire; `whole` refuses one that would be passed over."""
    if lifted := _EXCEPTION.search(text):
        raise BadInput(
            "an `exception` rule lifts all results of a rule, for every resource",
            where=_place(name, text, lifted),
            fix="write an entry of policy/waivers.yaml",
        )
    heads = list(_HEAD.finditer(text))
    for head in heads:
        if not re.match(r"\s+contains\b", head[2]):
            raise BadInput(
                f"`{head[1]}` is not a set of messages, so it counts as passed whatever it says",
                where=_place(name, text, head),
                fix=f"write `{head[1]} contains message if {{...}}`",
            )
    if whole and len(_BEGIN.findall(_COMMENT.sub("", text))) != len(heads):
        raise BadInput("a rule that does not begin its line", where=name, fix="opa fmt --write FOLDER")
    return frozenset(head[1] for head in heads)


def _refuse_missing(policies: PolicyFolder, rules: dict[str, RegoPackage]) -> None:
    if not rules:
        raise BadInput(f"the policies {policies.name} have no rule", where=str(policies.folder))
    without = sorted(rule.name for rule in rules.values() if rule.bad is None)
    if policies.known_bad and without:
        raise BadInput(
            f"the rules of {without[0]} have no input that they must refuse",
            where=str(policies.folder),
            fix=f"add {KNOWN_BAD} beside the rules: a small plan that they refuse",
        )
