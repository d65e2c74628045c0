"""AWS's own managed policies, shared by the accounts and made when something of one is asked for.

moto parses all 1,500 for each account and partition, a second each time.
"""

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from aws_emulator.replacing import replace


class SharedPolicy(AWSManagedPolicy):
    """A policy that has only a name and an account until another attribute is used."""

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        if "id" in own or "name" not in own or name.startswith("__"):
            raise AttributeError(name)
        whole = vars(_whole(own["name"]))
        own.update({**whole, "tags": {}, "versions": list(whole["versions"]), **own})
        return getattr(self, name)

    @property
    def arn(self) -> str:
        return _arn(self.name)


def install() -> None:
    """The search for access keys creates all partitions; the emulator serves "aws" only."""

    def all_of_them(self: Any) -> list[Any]:
        names = _data() if self.region_name == "aws" else ()
        return [named(name, self.account_id) for name in names]

    replace(IAMBackend, "_init_aws_policies", all_of_them)


def named(name: str, account: str) -> Any:
    """One of the policies in ``account``."""
    policy = SharedPolicy.__new__(SharedPolicy)
    policy.__dict__.update(name=name, account_id=account)
    return policy


@functools.cache
def _data() -> dict[str, dict[str, Any]]:
    policies: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return policies


@functools.cache
def _arn(name: str) -> str:
    return f"arn:aws:iam::aws:policy{_data()[name].get('Path') or '/'}{name}"


@functools.cache
def _whole(name: str) -> Any:
    data = _data()[name]
    make: Any = AWSManagedPolicy  # abstract to the type checker only
    return make(
        name,
        account_id="aws",
        region="aws",
        default_version_id=data.get("DefaultVersionId"),
        path=data.get("Path"),
        document=json.dumps(data["Document"]),
        create_date=datetime.fromisoformat(data["CreateDate"]),
        update_date=datetime.fromisoformat(data["UpdateDate"]),
    )
