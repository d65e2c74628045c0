"""The `source` of a module call: which kind it is, what it names, and where in it the ref stands.

The rules are those of Terraform's module sources
(https://developer.hashicorp.com/terraform/language/modules/sources) and of go-getter, which fetches them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote_plus

from infragate.domain.errors import BadInput

Kind = Literal["git", "local", "registry", "other"]

_FORCED = re.compile(r"^([A-Za-z0-9]+)::(.*)$", re.DOTALL)
_SCP = re.compile(r"^(?:([^/@:]+)@)?([^/@:]+):(?!//)(.+)$")
_SHORT = re.compile(r"^(github\.com|bitbucket\.org)/([^/?]+)/([^/?]+)(.*)$", re.DOTALL)
_PART = r"[0-9A-Za-z](?:[0-9A-Za-z-_]*[0-9A-Za-z])?"
_REGISTRY = re.compile(rf"^(?:[0-9A-Za-z.-]+(?::\d+)?/)?{_PART}/{_PART}/[0-9a-z]+(?://.*)?$")
_HOSTED = re.compile(r"^(?:[^/]+/){3}[^/]+(?://|$)")
_REF = re.compile(r"(?<![^?&])ref=([^&#]*)")
# What is named in a lock file or a message must not sign anybody in; over https a name alone may be a token.
_PASSWORD = re.compile(r"(https?://)[^/]*@|(\w+://[^/:@]+):[^/]*@")
_TAG_PREFIX = re.compile(r"^(?:refs/)?tags/")
_SHA = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
# What git refuses in a ref (git-check-ref-format), and what a program could take for one of its options.
_BAD_REF = re.compile(
    r"^-|\.\.|[\x00-\x20~^:?*\[\\\x7f]|@\{|^@$|^/|/$|//|(?:^|/)\.|\.$|\.lock(?:$|/)|^$|\$\{|[\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSource:
    """What a `source` says.

    Attributes:
        address: the module as Terraform writes it out, without `git::`, query and password:
            `https://host/repo.git//folder`.
        repository: for git, what is cloned; else "".
        ref: what is checked out, decoded; None where none is given.
        ref_span: characters of the written source that a change of the ref replaces.
    """

    kind: Kind
    address: str
    repository: str
    ref: str | None
    ref_span: tuple[int, int] | None

    @property
    def tag(self) -> str | None:
        """The ref as a tag's name: without `refs/tags/`; None for a commit id and for no ref."""
        if self.ref is None or self.by_commit:
            return None
        return _TAG_PREFIX.sub("", self.ref)

    @property
    def by_commit(self) -> bool:
        """Whether the ref is a whole commit id."""
        return self.ref is not None and _SHA.match(self.ref) is not None

    @property
    def folder(self) -> str:
        """The module's folder in its repository, "" for its top."""
        after_scheme = self.address.split("://", 1)[-1]
        return after_scheme.partition("//")[2]

    @property
    def name(self) -> str:
        """What people call the module: the last part of its folder, or of the repository."""
        last = (self.folder or self.repository or self.address).rstrip("/").rpartition("/")[2]
        return last.removesuffix(".git")


def parse(written: str) -> ModuleSource:
    """The meaning of a `source`."""
    if written.startswith(("./", "../")):
        return _plain("local", written)
    forced = _FORCED.match(written)
    if forced is None and not _is_git(written):
        if _REGISTRY.match(written):
            return _plain("registry", written if _HOSTED.match(written) else f"registry.terraform.io/{written}")
        return _plain("other", _nameable(written))
    if forced is not None and forced.group(1) != "git":
        return _plain("other", _nameable(written))
    location, _, query = (forced.group(2) if forced else written).partition("?")
    address = _url(location)
    if "://" not in address:
        return _plain("other", _nameable(written))
    span = _ref_span(written) if query else None
    scheme, _, rest = address.partition("://")
    repository = f"{scheme}://{rest.partition('//')[0]}"
    ref = unquote_plus(written[span[0] : span[1]]) if span else None
    return ModuleSource(kind="git", address=address, repository=repository, ref=ref or None, ref_span=span)


def of_pin(address: str, ref: str) -> ModuleSource:
    """The source that a lock's entry is about."""
    return parse(f"git::{address}?ref={quote(ref, safe='/')}")


def _plain(kind: Kind, written: str) -> ModuleSource:
    return ModuleSource(kind=kind, address=written, repository="", ref=None, ref_span=None)


def _is_git(written: str) -> bool:
    location = written.partition("?")[0]
    return _SHORT.match(location) is not None or (
        "@" in location.partition("/")[0] and _SCP.match(location) is not None
    )


def _url(location: str) -> str:
    """Shorthands as Terraform writes them out."""
    short = _SHORT.match(location)
    if short:
        host, owner, name, rest = short.groups()
        return f"https://{host}/{owner}/{name.removesuffix('.git')}.git{rest}"
    if location.startswith("/"):
        return f"file://{location}"
    scp = _SCP.match(location) if "://" not in location else None
    if scp:
        user, host, path = scp.groups()
        return f"ssh://{f'{user}@' if user else ''}{host}/{path.lstrip('/')}"
    return _nameable(location)


def _nameable(written: str) -> str:
    """Without password and query, where other getters take keys."""
    return _PASSWORD.sub(lambda found: found[1] or f"{found[2]}@", written.partition("?")[0])


def _ref_span(written: str) -> tuple[int, int] | None:
    """The place of the ref; a folder that was written behind the query (`?ref=v1//folder`) is no part of it."""
    begin = written.index("?")
    found = _REF.search(written, begin)
    if found is None:
        return None
    value = found.group(1).partition("//")[0]
    return found.start(1), found.start(1) + len(value)


def with_tag(written: str, tag: str) -> str:
    """The same source at another tag: nothing but the ref changes, and `refs/tags/` before it stays.

    Raises:
        BadInput: it has no ref, or two, or the tag is no name for one.
    """
    check_ref(tag)
    source = parse(written)
    if source.ref_span is None:
        raise BadInput("the source has no ref to change", where=source.address, fix="add ?ref=TAG")
    if len(_REF.findall(written, written.index("?"))) > 1:
        raise BadInput("the source has more than one ref", where=source.address, fix="leave one of them")
    start, end = source.ref_span
    kept = _TAG_PREFIX.match(source.ref or "")
    return written[:start] + quote((kept.group() if kept else "") + tag, safe="/") + written[end:]


def check_ref(ref: str) -> None:
    """Refuse what git would not take for a tag's name.

    Raises:
        BadInput: naming it.
    """
    if _BAD_REF.search(ref) or len(ref) > 200:
        raise BadInput(f"{ref[:80]!r} is no name of a tag", where="ref", fix="give a tag such as v0.6.1")
