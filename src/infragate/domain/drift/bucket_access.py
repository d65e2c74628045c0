"""Who may reach a managed bucket, by settings that no resource of the Stack owns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infragate.domain.drift.addition import Adoption
from infragate.domain.drift.managed import Managed
from infragate.domain.drift.unowned import SECURITY, Extra
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import join
from infragate.domain.plan_json import document_in
from infragate.domain.policy_documents import open_statements, sentences
from infragate.domain.terraform.hcl_text import JsonText
from infragate.domain.terraform.state_file import Resource

BUCKET = "aws_s3_bucket"
SWITCHES: Mapping[str, str] = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}
_EVERYBODY = ("AllUsers", "AuthenticatedUsers")
_OPEN = (
    "the bucket has no public access block that could be imported: write aws_s3_bucket_public_access_block and apply it"
)
_GRANT = (
    "an access control list is one whole with the owner's rights: write the right as a bucket policy, then remove it"
)


def is_managed(bucket: Resource, managed: Managed, kind: str, *own: str) -> bool:
    """True if a resource of this type, or these attributes of the bucket, own the setting."""
    return managed.sets(bucket, *own) or any(
        resource.text("bucket") == bucket.text("bucket") for resource in managed.owners(kind)
    )


def policy(bucket: str, text: str) -> Extra:
    """A bucket policy."""
    document = document_in(text)
    is_open = isinstance(document, dict) and open_statements(document)
    return Extra(
        path="policy",
        value="; ".join(sentences(document)) if isinstance(document, dict) else text,
        severity=Severity.CRITICAL if is_open else Severity.HIGH,
        marks=SECURITY,
        adoption=Adoption(
            type="aws_s3_bucket_policy",
            id=bucket,
            about=bucket,
            arguments={"bucket": bucket, "policy": JsonText(document) if isinstance(document, dict) else text},
        ),
        removal=("aws", "s3api", "delete-bucket-policy", "--bucket", bucket),
    )


def public_access(bucket: str, configuration: Mapping[str, Any]) -> Iterator[Extra]:
    """The parts of the public access block that are off; AWS gives every new bucket all four."""
    switches = {name: bool(configuration.get(key)) for name, key in SWITCHES.items()}
    block = Adoption(
        type="aws_s3_bucket_public_access_block", id=bucket, about=bucket, arguments={"bucket": bucket, **switches}
    )
    all_on = ",".join(f"{key}=true" for key in SWITCHES.values())
    call = ("aws", "s3api", "put-public-access-block", "--bucket", bucket)
    for name, key in SWITCHES.items():
        if not configuration.get(key):
            path = join("public_access_block", name)
            yield Extra(
                path=path,
                value=False,
                severity=Severity.HIGH,
                marks=SECURITY,
                adoption=block if configuration else None,
                obstacle="" if configuration else _OPEN,
                removal=(*call, "--public-access-block-configuration", all_on),
            )


def grants(bucket: str, answer: Mapping[str, Any]) -> Iterator[Extra]:
    """The grants of an access control list to others than the owner."""
    owner = (answer.get("Owner") or {}).get("ID")
    for grant in answer.get("Grants") or ():
        grantee = grant.get("Grantee") or {}
        if grantee.get("ID") == owner and owner is not None:
            continue
        name = str(grantee.get("URI") or grantee.get("ID") or grantee.get("EmailAddress")).rpartition("/")[2]
        yield Extra(
            path=join("acl", f"{grant.get('Permission')} for {name}"),
            value=True,
            severity=Severity.CRITICAL if name in _EVERYBODY else Severity.HIGH,
            marks=SECURITY,
            obstacle=_GRANT,
            removal=("aws", "s3api", "put-bucket-acl", "--bucket", bucket, "--acl", "private"),
        )
