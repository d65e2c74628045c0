"""Pickles moto's objects, including those that plain pickle cannot store, and AWS's own policies by name."""

from __future__ import annotations

import copyreg
import importlib
import io
import marshal
import pickle
import threading
import types
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.ssm.models import ParameterDict

from aws_emulator import managed_policies
from aws_emulator.managed_policies import SharedPolicy


def dumps(value: Any) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def loads(data: bytes) -> Any:
    """Only for files that the emulator wrote: loading a pickle can run code."""
    return pickle.loads(data)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        # moto.ssm keeps local functions without closure on its objects.
        if isinstance(value, types.FunctionType) and "<" in value.__qualname__ and not value.__closure__:
            return _function, (value.__module__, marshal.dumps(value.__code__))
        if type(value) is ParameterDict:
            items = list(dict.items(value))
            return ParameterDict, (value.account_id, value.region_name), value.__dict__, None, iter(items)
        if type(value) is SharedPolicy and not vars(value).get("attachment_count"):
            return managed_policies.named, (value.name, value.account_id)
        if isinstance(value, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            return _private_key, (_der(value),)
        if isinstance(value, types.GeneratorType):  # the rest of a list whose pages were not all read
            return iter, ((),)
        return NotImplemented


def _function(module: str, code: bytes) -> types.FunctionType:
    return types.FunctionType(marshal.loads(code), importlib.import_module(module).__dict__)


def _private_key(data: bytes) -> Any:
    return serialization.load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)  # it is our own key


def _der(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(data: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(data)


def _reduce_certificate(certificate: x509.Certificate) -> Any:
    return _certificate, (certificate.public_bytes(serialization.Encoding.PEM),)


copyreg.pickle(x509.Certificate, _reduce_certificate)
copyreg.pickle(type(threading.Lock()), lambda _: (threading.Lock, ()))
copyreg.pickle(type(threading.RLock()), lambda _: (threading.RLock, ()))
