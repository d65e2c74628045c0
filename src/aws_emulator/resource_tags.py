"""The tags of resources, for ``aws:ResourceTag/KEY``.

Read for EC2, ECR, KMS, RDS, Secrets Manager, SNS and DynamoDB; IAM's objects have their own tags. The key is absent for
every other service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_emulator import stores

_Reader = Callable[[Any, str, str], Any]


def of(service: str, arn: str) -> dict[str, str]:
    """Tags of a resource by ARN; empty if it does not exist or its service is not supported."""
    read = _READERS.get(service)
    if read is None or arn.count(":") < 5:
        return {}
    _, _, _, region, account, name = arn.split(":", 5)
    if not account.isdigit() or not region:
        return {}
    return stores.tags_of(read(stores.backend(service, account, region), arn, name))


def _ec2(backend: Any, _: str, name: str) -> Any:
    return backend.tags.get(name.rsplit("/", 1)[-1])


def _ecr(backend: Any, arn: str, _: str) -> Any:
    return backend.tagger.get_tag_dict_for_resource(arn)


def _kms(backend: Any, _: str, name: str) -> Any:
    return backend.tagger.get_tag_dict_for_resource(name.removeprefix("key/"))


def _sns(backend: Any, arn: str, _: str) -> Any:
    return getattr(backend.topics.get(arn), "_tags", None)


def _secret(backend: Any, arn: str, name: str) -> Any:
    return getattr(stores.secret(backend, arn, name.removeprefix("secret:")), "tags", None)


def _table(backend: Any, _: str, name: str) -> Any:
    return getattr(backend.tables.get(name.removeprefix("table/")), "tags", None)


def _database(backend: Any, _: str, name: str) -> Any:
    kind, _, identifier = name.partition(":")
    return getattr(backend.databases.get(identifier), "tags", None) if kind == "db" else None


_READERS: dict[str, _Reader] = {
    "dynamodb": _table,
    "ec2": _ec2,
    "ecr": _ecr,
    "kms": _kms,
    "rds": _database,
    "secretsmanager": _secret,
    "sns": _sns,
}
