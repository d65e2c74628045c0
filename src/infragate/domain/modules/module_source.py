"""The `source` of a module call: its kind, its address in Terraform's own form, and the position of its ref.

The rules are those of Terraform 1.11 (https://developer.hashicorp.com/terraform/language/modules/sources) and of
go-getter, which fetches modules. A test compares them with the real program, form by form.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from infragate.domain.errors import BadInput

Kind = Literal["git", "local", "registry", "other"]

_LOCAL = ("./", "../", ".\\", "..\\")
_FORCED = re.compile(r"([A-Za-z0-9]+)::(.+)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCP = re.compile(r"git@([^:]+):/?(.+)")
_HOSTS = ("github.com/", "bitbucket.org/")
# What git can clone: a URL, or `host:path` (only behind `git::`).
_CLONED = re.compile(
    r"(?:https?|ssh|git|file|git\+ssh|ssh\+git)://[^\x00-\x1f\x7f]+|[A-Za-z][\w.-]*:(?!//|:)[^\x00-\x1f\x7f]+",
    re.IGNORECASE,
)
_ARCHIVE = re.compile(r"\.(?:tar\.(?:gz|bz2|xz|zst)|tgz|tbz2|txz|tzst|tar|zip|gz|bz2|xz|zst)$")
_NAME = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62}[0-9A-Za-z])?")
_SYSTEM = re.compile(r"[0-9a-z]{1,64}")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?")
_REF = re.compile(r"(?<=[?&])ref=([^&#]*)")
# No credentials in the lock file or in messages; over https a user name alone may be a token.
_PASSWORD = re.compile(r"(https?://)[^/]*@|(\w+://[^/:@]+):[^/]*@", re.IGNORECASE)
_TAG_PREFIX = re.compile(r"^(?:refs/)?tags/")
_SHA = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$", re.IGNORECASE)
# What git refuses in a ref (git-check-ref-format), and what could pass for a command line option.
_BAD_REF = re.compile(
    r"^-|\.\.|[\x00-\x20~^:?*\[\\\x7f]|@\{|^@$|^/|/$|//|(?:^|/)\.|\.$|\.lock(?:$|/)|^$|\$\{|[\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSource:
    """A parsed `source`.

    Attributes:
        resolved: the form that Terraform writes into its list of modules; it may hold a password.
        address: `resolved` without `git::`, query and password: `https://host/repo.git//folder`.
        repository: for git, the URL that is cloned, without password; else "". Show it without its query.
        folder: the module's folder in its package; "" for the root.
        ref: decoded; None if the source has none.
        ref_span: start and end of the ref, in characters of the source; None if it cannot be replaced there.
    """

    kind: Kind
    resolved: str = field(repr=False)
    address: str
    repository: str = field(repr=False)
    folder: str
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
    def name(self) -> str:
        """The last part of the folder, or of the repository."""
        last = (self.folder or self.address).rstrip("/").rpartition("/")[2]
        return last.removesuffix(".git")


@lru_cache(maxsize=1024)
def parse(written: str) -> ModuleSource:
    """Parse a `source`; text that is no known form has the kind "other"."""
    if written.startswith(_LOCAL):
        return _plain("local", _local(written))
    package, folder = _split(written)
    registry = _registry(package)
    if registry and not folder.startswith("../"):
        return _plain("registry", _joined(registry, folder), folder)
    detected, more = _split(_detected(package))
    folder = posixpath.join(more, folder) if more and folder else more or folder
    forced = _FORCED.fullmatch(detected)
    scheme = _SCHEME.match(detected)
    getter = forced[1] if forced else scheme[1].lower() if scheme else ""
    url = _Url.of(forced[2] if forced else detected)
    resolved = _joined(detected, folder)
    is_repository = _CLONED.fullmatch(url.location) and not url.is_archive
    if getter != "git" or not is_repository or folder.startswith(".."):
        return _plain("other", resolved, folder)
    ref = url.values("ref")
    return ModuleSource(
        kind="git",
        resolved=resolved,
        address=_without_secrets(_joined(url.location, folder)),
        repository=_without_password(url.cloned),
        folder=folder.lstrip("/"),
        ref=(ref or [""])[0] or None,
        ref_span=_ref_span(written, (ref or [""])[0]),
    )


def of_pin(address: str, ref: str) -> ModuleSource:
    """The source of an entry of the module lock."""
    return parse(f"git::{address}?ref={quote(ref, safe='/')}")


def _plain(kind: Kind, resolved: str, folder: str = "") -> ModuleSource:
    return ModuleSource(
        kind=kind,
        resolved=resolved,
        address=_without_secrets(resolved),
        repository="",
        folder=folder,
        ref=None,
        ref_span=None,
    )


def _local(written: str) -> str:
    path = _clean(written.replace("\\", "/"))
    return path if path.startswith("../") else f"./{path}"


def _clean(path: str) -> str:
    """The path without empty parts, `.` and `..`; posixpath alone would keep two slashes at the start."""
    return posixpath.normpath(re.sub(r"^/+", "/", path))


def _split(text: str) -> tuple[str, str]:
    """The package with its query, and the folder behind `//`."""
    location, mark, query = text.partition("?")
    start = location.find("://") + 3 if "://" in location else 0
    at = location.find("//", start)
    if at < 0:
        return text, ""
    folder = location[at + 2 :]
    return location[:at] + mark + query, _clean(folder) if folder else ""


def _joined(package: str, folder: str) -> str:
    location, mark, query = package.partition("?")
    return f"{location}//{folder}{mark}{query}" if folder else package


def _registry(package: str) -> str | None:
    """The full address of a registry module, or None."""
    *host, namespace, name, system = package.split("/") if package.count("/") in (2, 3) else ("", "", "")
    hostname = host[0].lower().removesuffix(":443") if host else "registry.terraform.io"
    if not (_NAME.fullmatch(namespace) and _NAME.fullmatch(name) and _SYSTEM.fullmatch(system)):
        return None
    if not _HOST.fullmatch(hostname) or f"{hostname}/" in _HOSTS:
        return None
    return f"{hostname}/{namespace}/{name}/{system}"


def _detected(package: str) -> str:
    """The package in the form `getter::URL`, as Terraform completes a shorthand."""
    forced = _FORCED.fullmatch(package)
    prefix, text = (f"{forced[1]}::", forced[2]) if forced else ("", package)
    location, mark, query = text.partition("?")
    if location.startswith(_HOSTS):
        return f"{prefix or 'git::'}{_hosted(location)}{mark if query else ''}{query}"
    if scp := _SCP.fullmatch(location):
        query = _encoded(_pairs(query))
        return f"{prefix or 'git::'}ssh://git@{scp[1]}/{_quoted(scp[2]).lstrip('/')}{'?' if query else ''}{query}"
    return f"{prefix}file://{text}" if text.startswith("/") else package


def _hosted(location: str) -> str:
    """github.com/owner/name/folder and bitbucket.org/owner/name as URLs."""
    host, *parts = location.split("/")
    if host == "bitbucket.org":
        path, folder = "/".join(parts), ""
    else:
        path, folder = "/".join(parts[:2]), "/".join(parts[2:])
    path = _quoted(unquote(path))
    path = path if path.endswith(".git") else f"{path}.git"
    return f"https://{host}/{path}" + (f"//{folder}" if folder else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Url:
    """A URL as Go reads it.

    Attributes:
        pairs: of the query, decoded.
    """

    location: str
    pairs: tuple[tuple[str, str], ...]
    fragment: str

    @classmethod
    def of(cls, text: str) -> _Url:
        url, _, fragment = text.partition("#")
        location, _, query = url.partition("?")
        return cls(location=location, pairs=_pairs(query), fragment=fragment)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    @property
    def is_archive(self) -> bool:
        """True if go-getter unpacks what it fetches."""
        archive = next(iter(self.values("archive")), "")
        if archive:
            return archive not in ("0", "f", "F", "false", "False", "FALSE")
        return _ARCHIVE.search(self.location) is not None

    @property
    def cloned(self) -> str:
        """What git is called with."""
        scheme, mark, rest = self.location.partition("://")
        location = f"{scheme.lower()}{mark}{quote(rest, safe=_KEPT)}" if mark else self.location
        query = _encoded(pair for pair in self.pairs if pair[0] not in _PARAMETERS)
        return location + (f"?{query}" if query else "") + (f"#{self.fragment}" if self.fragment else "")


_KEPT = "%/:@!$&'()*+,;=~[]"
_PARAMETERS = ("ref", "sshkey", "depth", "archive")  # of go-getter itself


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a query; Go drops those with a semicolon or a broken escape."""
    kept = [
        part for part in query.split("&") if part and ";" not in part and not re.search(r"%(?![0-9A-Fa-f]{2})", part)
    ]
    return tuple((unquote_plus(key), unquote_plus(value)) for key, _, value in (part.partition("=") for part in kept))


def _encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """A query, in Go's order."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    return "&".join(f"{quote_plus(key)}={quote_plus(value)}" for key, value in ordered)


def _quoted(path: str) -> str:
    return quote(path, safe="/$&+,:;=@~")


def _without_secrets(written: str) -> str:
    """Without password, and without the query, where some getters expect keys."""
    return _without_password(written.partition("?")[0])


def _without_password(url: str) -> str:
    return _PASSWORD.sub(lambda match: match[1] or f"{match[2]}@", url)


def _ref_span(written: str, ref: str) -> tuple[int, int] | None:
    """Start and end of the ref; None if the text there is not the ref that is read (`r%65f=v1`)."""
    match = _REF.search(written)
    return match.span(1) if match and unquote_plus(match[1]) == ref else None


def with_tag(written: str, tag: str) -> str:
    """The same source at another tag; only the ref changes, and a `refs/tags/` before it stays.

    Raises:
        BadInput: the source has no ref, or two, or one with a folder in it; or `tag` is not a valid name.
    """
    check_ref(tag)
    source = parse(written)
    if source.ref_span is None:
        raise BadInput("the source has no ref to change", where=source.address, fix="add ?ref=TAG")
    if len(_REF.findall(written)) > 1:
        raise BadInput("the source has more than one ref", where=source.address, fix="keep one of them")
    if "//" in (source.ref or ""):
        fix = "write the folder before the query: //FOLDER?ref=TAG"
        raise BadInput(f"not a valid ref: {source.ref}", where=source.address, fix=fix)
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
