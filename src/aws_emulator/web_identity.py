"""OIDC tokens for AssumeRoleWithWebIdentity.

Checked: the provider exists in the account of the role, its client list has the audience, ``exp`` and ``nbf``. All
text claims become condition keys ``<issuer>:<claim>`` (GitHub: sub, aud, repository, repository_id, environment, ref,
job_workflow_ref ...). **Not checked: the signature of the JWT.** The emulator does not have GitHub's keys, so a test
can use any token; in AWS the policies also depend on GitHub's signature.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_emulator import stores
from aws_emulator.denials import invalid
from aws_emulator.iam.conditions import ContextValue, as_list


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentity:
    """``provider`` is the ARN of the identity provider, ``context`` the condition keys from the token."""

    provider: str
    context: Mapping[str, ContextValue]


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWT. Raises Denied if the token is not one."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        claims = None
    if not isinstance(claims, dict):
        raise invalid("The ID Token provided is not a valid JWT.", "InvalidIdentityToken")
    return claims


def accept(token: str, account: str) -> WebIdentity:
    """The identity that a token proves in ``account``. Raises Denied as STS would."""
    claims = claims_of(token)
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    provider = f"arn:aws:iam::{account}:oidc-provider/{issuer}"
    registered = next((item for item in stores.iam(account).open_id_providers.values() if item.arn == provider), None)
    if registered is None:
        raise invalid(f"No OpenIDConnect provider found in your account for https://{issuer}", "InvalidIdentityToken")
    # With "azp" in the token AWS compares that instead of "aud".
    audiences = as_list(claims.get("azp") or claims.get("aud"))
    if not set(audiences) & set(registered.client_id_list):
        raise invalid("Incorrect token audience", "InvalidIdentityToken")
    _check_times(claims)
    texts = {key: value for key, value in claims.items() if isinstance(value, str) and key not in ("aud", "azp")}
    context: dict[str, ContextValue] = {f"{issuer}:{key}": value for key, value in texts.items()}
    context[f"{issuer}:aud"] = audiences[0] if len(audiences) == 1 else audiences
    return WebIdentity(provider=provider, context={**context, "aws:FederatedProvider": provider})


def _check_times(claims: Mapping[str, Any]) -> None:
    now, expires, not_before = time.time(), claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or expires < now:
        raise invalid("Token expired: current date/time is after its expiration", "ExpiredTokenException")
    if not isinstance(not_before, int | float) or not_before > now + 300:
        raise invalid("Token not valid yet", "InvalidIdentityToken")
