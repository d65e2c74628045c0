"""The digests of states in the lock table: Terraform's S3 backend writes one beside each lock, and checks it."""

from __future__ import annotations

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import Cloud, Credentials

SUFFIX = "-md5"


def forget(table: str, *, cloud: Cloud, region: str, credentials: Credentials) -> int:
    """Remove every digest; how many there were.

    Where the table is used no more, digests grow old, and would call each newer state a wrong one later.

    Raises:
        RemoteFailed: AWS refused or cannot be reached.
    """
    client = aws_api.client("dynamodb", cloud=cloud, region=region, credentials=credentials)
    with aws_api.reported(f"remove old digests from {table}"):
        pages = client.get_paginator("scan").paginate(TableName=table, ProjectionExpression="LockID")
        found = [item["LockID"] for page in pages for item in page["Items"] if item["LockID"]["S"].endswith(SUFFIX)]
        for key in found:
            client.delete_item(TableName=table, Key={"LockID": key})
    return len(found)
