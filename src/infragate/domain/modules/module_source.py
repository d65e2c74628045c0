"""The `source` of a module call: its kind, its address, and the position of its ref.

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
# No credentials in the lock file or in messages; over https a user name alone may be a token.
_PASSWORD = re.compile(r"(https?://)[^/]*@|(\w+://[^/:@]+):[^/]*@")
_TAG_PREFIX = re.compile(r"^(?:refs/)?tags/")
_SHA = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
# What git refuses in a ref (git-check-ref-format), and what could pass for a command line option.
_BAD_REF = re.compile(
    r"^-|\.\.|[\x00-\x20~^:?*\[\\\x7f]|@\{|^@$|^/|/$|//|(?:^|/)\.|\.$|\.lock(?:$|/)|^$|\$\{|[\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSource:
    """A parsed `source`.

    Attributes:
        address: the full form that Terraform uses, without `git::`, query and password:
            `https://host/repo.git//folder`.
        repository: for git, the URL that is cloned; else "".
        ref: decoded; None if the source has none.
        ref_span: start and end of the ref, in characters of the source.
    """

    kind: Kind
    address: str
    repository: str
    ref: str | None
    ref_span: tuple[int, int] | None

    @property
    def tag(self) -> str | None:
        """The ref without `refs/tags/`; None if it is a commit id or missing."""
        return None if self.ref is None or self.by_commit else _TAG_PREFIX.sub("", self.ref)

    @property
    def by_commit(self) -> bool:
        """True if the ref is a full commit id."""
        return self.ref is not None and _SHA.match(self.ref) is not None

    @property
    def folder(self) -> str:
        """The module's folder in its repository; "" for the root."""
        return self.address.split("://", 1)[-1].partition("//")[2]

    @property
    def name(self) -> str:
        """The last part of the folder, or of the repository."""
        last = (self.folder or self.repository or self.address).rstrip("/").rpartition("/")[2]
        return last.removesuffix(".git")


def parse(written: str) -> ModuleSource:
    """Parse a `source`; text that is no known form has the kind "other"."""
    if written.startswith(("./", "../")):
        return _plain("local", written)
    forced = _FORCED.match(written)
    if forced is None and not _is_git(written) and _REGISTRY.match(written):
        return _plain("registry", written if _HOSTED.match(written) else f"registry.terraform.io/{written}")
    location, _, query = (forced.group(2) if forced else written).partition("?")
    address = _url(location)
    if not (forced.group(1) == "git" if forced else _is_git(written)) or "://" not in address:
        return _plain("other", _without_secrets(written))
    span = _ref_span(written) if query else None
    scheme, _, rest = address.partition("://")
    repository = f"{scheme}://{rest.partition('//')[0]}"
    ref = unquote_plus(written[span[0] : span[1]]) if span else None
    return ModuleSource(kind="git", address=address, repository=repository, ref=ref or None, ref_span=span)


def of_pin(address: str, ref: str) -> ModuleSource:
    """The source of an entry of the module lock."""
    return parse(f"git::{address}?ref={quote(ref, safe='/')}")


def _plain(kind: Kind, written: str) -> ModuleSource:
    return ModuleSource(kind=kind, address=written, repository="", ref=None, ref_span=None)


def _is_git(written: str) -> bool:
    location = written.partition("?")[0]
    return _SHORT.match(location) is not None or (
        "@" in location.partition("/")[0] and _SCP.match(location) is not None
    )


def _url(location: str) -> str:
    """The full form of a shorthand, as Terraform writes it."""
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
    return _without_secrets(location)


def _without_secrets(written: str) -> str:
    """Without password, and without the query, where some getters expect keys."""
    return _PASSWORD.sub(lambda match: match[1] or f"{match[2]}@", written.partition("?")[0])


def _ref_span(written: str) -> tuple[int, int] | None:
    """Start and end of the ref; a folder behind the query (`?ref=v1//folder`) is not part of it."""
    match = _REF.search(written, written.index("?"))
    return (match.start(1), match.start(1) + len(match[1].partition("//")[0])) if match else None


def with_tag(written: str, tag: str) -> str:
    """The same source at another tag; only the ref changes, and a `refs/tags/` before it stays.

    Raises:
        BadInput: the source has no ref, or two; or `tag` is not a valid name.
    """
    check_ref(tag)
    source = parse(written)
    if source.ref_span is None:
        raise BadInput("the source has no ref to change", where=source.address, fix="add ?ref=TAG")
    if len(_REF.findall(written, written.index("?"))) > 1:
        raise BadInput("the source has more than one ref", where=source.address, fix="keep one of them")
    start, end = source.ref_span
    kept = _TAG_PREFIX.match(source.ref or "")
    return written[:start] + quote((kept.group() if kept else "") + tag, safe="/") + written[end:]


def check_ref(ref: str) -> None:
    """Refuse a ref that git does not accept.

    Raises:
        BadInput: with the ref.
    """
    if _BAD_REF.search(ref) or len(ref) > 200:
        raise BadInput(f"not a valid tag name: {ref[:80]!r}", where="ref", fix="give a tag such as v0.6.1")
