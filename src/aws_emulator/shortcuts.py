"""Shorter ways to the same result for what moto does at each request."""

from __future__ import annotations

import functools
from functools import cached_property
from typing import Any

from moto import backends
from moto.core import base_backend, responses
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam import models as iam_models
from moto.kms import models as kms_models
from moto.kms.utils import AbstractPrivateKey, RSAPrivateKey
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from aws_emulator.replacing import replace, wrap


def install() -> None:
    """Called once, before the server takes requests."""
    _list_motos_services_once()
    _find_the_service_of_a_host_once()
    _list_methods_once()
    _find_backends_without_a_lock()
    _search_access_keys_where_there_are_some()
    _make_keys_of_kms_when_used()


def _list_motos_services_once() -> None:
    """moto lists its own folder for each request, to see whether the host names a service."""
    names = frozenset(backends.list_of_moto_modules())
    replace(backends, "list_of_moto_modules", lambda: names)


def _find_the_service_of_a_host_once() -> None:
    """moto matches each host, which it makes of service and region, with the patterns of 200 services."""
    wrap(DomainDispatcherApplication, "get_backend_for_host", functools.cache)


def _list_methods_once() -> None:
    """moto lists the methods of a service's class for each request."""
    wrap(responses, "method_names_from_class", functools.cache)


def _find_backends_without_a_lock() -> None:
    """moto searches the list of all services' backends each time that it asks for those of an account."""

    def make(original: Any) -> Any:
        def find(self: Any, account: str) -> Any:
            backend = self.get(account)
            return original(self, account) if backend is None else backend

        return find

    wrap(base_backend.BackendDict, "__getitem__", make)


def _search_access_keys_where_there_are_some() -> None:
    """moto makes backends of all partitions to search for an access key in them."""

    def account_of(access_key: str) -> str:
        for account, kept in list(iam_models.iam_backends.items()):
            if any(access_key in backend.access_keys for backend in list(kept.values())):
                return account
        return DEFAULT_ACCOUNT_ID

    replace(iam_models, "get_account_id_from", account_of)


class _LaterKey(AbstractPrivateKey):
    """A key pair that is made when it is used."""

    @cached_property
    def _pair(self) -> RSAPrivateKey:
        return RSAPrivateKey(key_size=2048)

    def sign(self, message: bytes, signing_algorithm: str) -> bytes:
        return self._pair.sign(message, signing_algorithm)

    def verify(self, message: bytes, signature: bytes, signing_algorithm: str) -> bool:
        return self._pair.verify(message, signature, signing_algorithm)

    def public_key(self) -> bytes:
        return self._pair.public_key()


def _make_keys_of_kms_when_used() -> None:
    """moto makes a key pair for symmetric keys as well, which takes longer than everything else about them."""

    def make(original: Any) -> Any:
        def generate(key_spec: str) -> Any:
            return _LaterKey() if key_spec == "SYMMETRIC_DEFAULT" else original(key_spec)

        return generate

    wrap(kms_models, "generate_private_key", make)
