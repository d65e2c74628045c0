"""Asks AWS, under the plan role, for what a plan cannot see: additions to managed resources that Terraform does not own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.unowned.reader import Reader, RegionalClient
from infragate.adapters.aws.unowned.registry import READERS
from infragate.domain.drift import managed as managed_parts
from infragate.domain.drift.managed import Managed
from infragate.domain.drift.report import DriftItem
from infragate.domain.errors import InfragateError
from infragate.domain.terraform.code_module import CodeModule
from infragate.usecases.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Unowned:
    """What the readers say; errors: one for each reader that failed, whose part of the drift is then unknown."""

    items: tuple[DriftItem, ...]
    errors: tuple[InfragateError, ...]


def find(session: Session, *, document: Mapping[str, Any], modules: Sequence[CodeModule]) -> Unowned:
    """Let all readers look at the resources of a Stack.

    Args:
        document: the JSON of the Stack's plan.
        modules: its code, as it was judged.
    """
    keys = session.keys.provider

    def client(service: str, region: str) -> Any:
        return aws_api.client(service, cloud=session.cloud, region=region, credentials=keys)

    managed = managed_parts.of_plan(document, modules)
    ask = partial(_asked, managed=managed, region=session.environment.region, client=client)
    with ThreadPoolExecutor(max_workers=len(READERS)) as pool:
        answers = list(pool.map(ask, READERS))
    items = (item for answer in answers if not isinstance(answer, InfragateError) for item in answer)
    return Unowned(
        items=tuple(sorted(items, key=lambda item: (item.address, item.reader or ""))),
        errors=tuple(answer for answer in answers if isinstance(answer, InfragateError)),
    )


def _asked(
    reader: Reader, *, managed: Managed, region: str, client: RegionalClient
) -> tuple[DriftItem, ...] | InfragateError:
    try:
        return reader.items(managed, region=region, client=client)
    except InfragateError as error:
        return error
