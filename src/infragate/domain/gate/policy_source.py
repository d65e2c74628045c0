"""The `source` of a set of policies: a folder of the policy bundle, a git repository at a tag, or an OCI artifact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from infragate.domain.errors import BadInput
from infragate.domain.modules import module_source

SourceKind = Literal["folder", "git", "oci"]
FORMS = (
    "write a folder such as policy/rego, git::https://HOST/REPO.git//FOLDER?ref=TAG, or oci://HOST/REPO@sha256:DIGEST"
)
_OCI = re.compile(r"oci://(?P<place>[A-Za-z0-9][\w.-]*(?::\d{1,5})?(?:/[a-z0-9][a-z0-9._-]*)+)(?P<ref>[@:][^/@]*)?")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySource:
    """A parsed `source`.

    Attributes:
        address: without ref and digest; what the lock knows it by, together with the ref.
        ref: the tag or commit of git, the digest of an OCI artifact; "" for a folder.
        repository: what git clones; else "".
        folder: the folder of the bundle, or of the repository ("" for its root).
    """

    kind: SourceKind
    address: str
    ref: str = ""
    repository: str = ""
    folder: str = ""

    @property
    def is_remote(self) -> bool:
        return self.kind != "folder"

    @property
    def revision(self) -> str:
        """What git is asked for: a commit, or a tag and never a branch of its name."""
        return self.ref if _is_commit(self.ref) else f"refs/tags/{self.ref}"


def parse(written: str, *, where: str) -> PolicySource:
    """Parse a `source`.

    Args:
        where: for messages.

    Raises:
        BadInput: it has another form, leads out of the bundle, or is not pinned.
    """
    if written.startswith("oci:"):
        return _oci(written, where)
    if written.startswith("git:"):
        return _git(written, where)
    path = PurePosixPath(written)
    if "://" in written or "::" in written or ".." in path.parts or path.parts[:1] != ("policy",):
        raise BadInput(f"not a source of policies: {written}", where=where, fix=FORMS)
    return PolicySource(kind="folder", address=path.as_posix(), folder=path.as_posix())


def _oci(written: str, where: str) -> PolicySource:
    match = _OCI.fullmatch(written)
    if match is None:
        raise BadInput(f"not a source of policies: {written}", where=where, fix=FORMS)
    if not _DIGEST.fullmatch(match["ref"] or ""):
        raise BadInput(
            f"the OCI artifact {match['place']} is not pinned: a tag can be moved",
            where=where,
            fix=f"write its digest: oci://{match['place']}@sha256:DIGEST (`conftest push` prints it)",
        )
    return PolicySource(kind="oci", address=f"oci://{match['place']}", ref=match["ref"].removeprefix("@"))


def _git(written: str, where: str) -> PolicySource:
    source = module_source.parse(written)
    if source.kind != "git" or re.search(r"[?&](?!ref=)", written):
        raise BadInput(f"not a source of policies: {source.address}", where=where, fix=FORMS)
    ref = source.ref if source.by_commit else source.tag
    if not ref:
        raise BadInput(f"{source.address} is not pinned", where=where, fix="add ?ref=TAG")
    module_source.check_ref(ref)
    return PolicySource(kind="git", address=source.address, ref=ref, repository=source.repository, folder=source.folder)


def _is_commit(ref: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref, re.IGNORECASE) is not None
