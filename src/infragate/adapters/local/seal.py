"""The key that seals plans: only who has it can make a Manifest that `apply` accepts.

INFRAGATE_SEAL chooses it: unset or `user` for a key of this user in the state folder; `file:PATH` or `env:NAME` for a
secret of a server, so that one machine can apply what another has planned.
"""

from __future__ import annotations

from pathlib import Path

from infragate.adapters.local import settings, user_keys
from infragate.domain.errors import BadInput

SETTING = "INFRAGATE_SEAL"
SHORTEST = 32  # bytes


def key() -> bytes:
    """The key.

    Raises:
        BadInput: the setting is unknown, or its key is missing, too short, or cannot be read.
    """
    setting = settings.read(SETTING) or "user"
    kind, _, name = setting.partition(":")
    if setting == "user":
        return user_keys.read("seal")
    if kind == "env" and name:
        return _long_enough((settings.read(name) or "").encode("utf-8", "surrogateescape"), setting)
    if kind == "file" and Path(name).is_absolute():
        try:
            return _long_enough(Path(name).read_bytes().strip(), setting)
        except OSError as error:
            raise _refused(setting, f"cannot be read: {error.strerror}") from error
    raise _refused(setting, "is none of: user, env:NAME, file:/ABSOLUTE/PATH")


def _long_enough(secret: bytes, setting: str) -> bytes:
    if len(secret) < SHORTEST:
        raise _refused(setting, f"holds {len(secret)} bytes; at least {SHORTEST} are needed")
    return secret


def _refused(setting: str, why: str) -> BadInput:
    return BadInput(
        f"the key that seals plans {why}", where=f"{SETTING}={setting}", fix="see docs/trust.md, 'The seal of a plan'"
    )
