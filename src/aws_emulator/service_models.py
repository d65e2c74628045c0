"""Reads AWS's service models faster: each once, without a list of all services, and only its head for the regions.

moto reads them when a service is first called, and to learn the service's regions: a large part of the emulator's work.
"""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
from botocore.exceptions import DataNotFoundError

from aws_emulator.replacing import replace, wrap

_METADATA = re.compile(r'"metadata":\s*')
_HEAD = 8192  # bytes; metadata are the first thing in a model


def install() -> None:
    """Called once, before moto is imported."""
    replace(botocore.loaders.JSONFileLoader, "_load_file", _load_file)
    wrap(botocore.loaders.Loader, "list_available_services", _without_looking)
    replace(botocore.session.Session, "get_available_regions", _regions_of_partition)
    # Without the cache botocore reads a service's model in each of moto's sessions.
    botocore.loaders.create_loader = botocore.session.create_loader = functools.cache(botocore.loaders.create_loader)
    from moto.core import base_backend, loaders, utils

    replace(utils, "create_loader", functools.cache(loaders.create_loader))
    replace(base_backend.AccountSpecificBackend, "_generate_regions", _all_regions)


def _load_file(_: Any, path: str, opened: Any) -> Any:
    """botocore's own makes ordered dicts of all objects, which takes twice the time."""
    if not Path(path).is_file():
        return None
    with opened(path, "rb") as file:
        return json.loads(file.read())


def _without_looking(original: Any) -> Any:
    """botocore looks into the folders of 400 services; for one without a model its next step raises nearly the same."""

    def list_available_services(self: Any, type_name: str) -> list[str]:
        if type_name != "service-2":
            return list(original(self, type_name))
        places = [Path(place) for place in self.search_paths]
        folders = [folder for place in places if place.is_dir() for folder in os.scandir(place)]
        return sorted({folder.name for folder in folders if folder.is_dir()})

    return list_available_services


def _regions_of_partition(
    self: Any, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
) -> list[str]:
    """As botocore's, which reads the whole model."""
    prefix = _endpoint_prefix(service_name)
    if prefix is None:
        return []
    resolver = self._get_internal_component("endpoint_resolver")
    regions: list[str] = resolver.get_available_endpoints(prefix, partition_name, allow_non_regional)
    return regions


def _all_regions(_: Any, service_name: str) -> list[str]:
    """As moto's, which works it out for each account."""
    return list(_of_all_partitions(service_name))


@functools.cache
def _of_all_partitions(service_name: str) -> tuple[str, ...]:
    from moto.core.base_backend import AccountSpecificBackend

    session: Any = AccountSpecificBackend.get_session()
    partitions = session.get_available_partitions()
    return tuple(
        region
        for partition in partitions
        for region in session.get_available_regions(service_name, partition_name=partition)
    )


@functools.cache
def _endpoint_prefix(service_name: str) -> str | None:
    """The name in a service's addresses; None if there is no such service."""
    try:
        metadata = _heads().load_service_model(service_name, "service-2")["metadata"]
    except DataNotFoundError:
        return None
    return str(metadata.get("endpointPrefix", service_name))


@functools.cache
def _heads() -> Any:
    return botocore.loaders.Loader(file_loader=_Heads())


class _Heads(botocore.loaders.JSONFileLoader):
    """Reads no more of a model than its metadata."""

    def _load_file(self, path: str, opened: Any) -> Any:
        if not Path(path).is_file():
            return None
        with opened(path, "rb") as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
        start = _METADATA.search(head)
        if start is not None:
            try:
                return {"metadata": json.JSONDecoder().raw_decode(head, start.end())[0]}
            except ValueError:
                pass  # longer than the head
        return _load_file(self, path, opened)
