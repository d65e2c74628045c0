"""The seal of plans: only who has its key can make a Manifest that `apply` accepts.

INFRAGATE_SEAL chooses the key: unset or `user` for a key of this user in the state folder; `file:PATH` or `env:NAME` for a
secret of a server, so that one machine can apply what another has planned; `kms:ARN` for an HMAC key of AWS KMS, which the
caller's own credentials may use.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

from infragate.adapters.aws import aws_api
from infragate.adapters.local import masking, settings, user_keys
from infragate.domain.cloud import Cloud
from infragate.domain.errors import BadInput

SETTING = "INFRAGATE_SEAL"
SHORTEST = 32  # bytes
_ARN = re.compile(r"arn:aws[\w-]*:kms:([a-z0-9-]+):\d{12}:(?:key|alias)/[\w/-]+")


def mac(content: bytes, *, cloud: Cloud) -> str:
    """The HMAC-SHA-256 of the content, in hex.

    Args:
        cloud: where the caller's credentials come from, for a key of KMS.

    Raises:
        BadInput: the setting is unknown, or its key is missing, too short, or cannot be read.
        RemoteFailed: KMS refuses or does not answer.
    """
    setting = settings.read(SETTING) or "user"
    kind, _, name = setting.partition(":")
    if kind == "kms" and (arn := _ARN.fullmatch(name)):
        return _of_kms(content, name, cloud=cloud, region=arn[1])
    return hmac.digest(_key(setting, kind, name), content, "sha256").hex()


def _of_kms(content: bytes, key: str, *, cloud: Cloud, region: str) -> str:
    """KMS takes 4,096 bytes at most, so it seals the digest."""
    with aws_api.reported("seal the plan"):
        client = aws_api.client("kms", cloud=cloud, region=region)
        message = hashlib.sha256(content).digest()
        answer = client.generate_mac(KeyId=key, MacAlgorithm="HMAC_SHA_256", Message=message)
        return bytes(answer["Mac"]).hex()


def _key(setting: str, kind: str, name: str) -> bytes:
    if setting == "user":
        return user_keys.read("seal")
    if kind == "env" and name:
        secret = settings.read(name) or ""
        masking.learn(secret)
        return _long_enough(secret.encode("utf-8", "surrogateescape"), setting)
    if kind == "file" and Path(name).is_absolute():
        try:
            return _long_enough(Path(name).read_bytes().strip(), setting)
        except OSError as error:
            raise _refused(setting, f"cannot be read: {error.strerror}") from error
    raise _refused(setting, "is none of: user, env:NAME, file:/ABSOLUTE/PATH, kms:ARN")


def _long_enough(secret: bytes, setting: str) -> bytes:
    if len(secret) < SHORTEST:
        raise _refused(setting, f"holds {len(secret)} bytes; at least {SHORTEST} are needed")
    return secret


def _refused(setting: str, why: str) -> BadInput:
    return BadInput(
        f"the key that seals plans {why}", where=f"{SETTING}={setting}", fix="see docs/trust.md, 'The seal of a plan'"
    )
