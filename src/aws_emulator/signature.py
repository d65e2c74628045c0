"""AWS Signature Version 4, checked as the server checks it.

Source: AWS general reference, "Signature Version 4 signing process". The request date is not checked, and neither are
the per-chunk signatures of streaming uploads.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from aws_emulator.calls import Credentials
from aws_emulator.denials import Denied

_UNRESERVED = "-_.~"


def check(environ: dict[str, Any], body: bytes, credentials: Credentials, secret: str) -> None:
    """Raises Denied when the request was not signed with ``secret``."""
    if "host" not in credentials.signed_headers:
        raise Denied("'Host' must be a 'SignedHeader' in the AWS Authorization.", code="InvalidSignatureException")
    if not hmac.compare_digest(credentials.signature, _expected(environ, body, credentials, secret)):
        raise Denied(
            "The request signature we calculated does not match the signature you provided.",
            code="SignatureDoesNotMatch",
        )


def _expected(environ: dict[str, Any], body: bytes, credentials: Credentials, secret: str) -> str:
    request = _canonical_request(environ, body, credentials)
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            _header(environ, "x-amz-date"),
            "/".join(credentials.scope),
            hashlib.sha256(request.encode()).hexdigest(),
        ]
    )
    key = ("AWS4" + secret).encode()
    for part in credentials.scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical_request(environ: dict[str, Any], body: bytes, credentials: Credentials) -> str:
    path, query = _path_and_query(environ)
    if credentials.scope[2] != "s3":
        path = re.sub("/+", "/", path) or "/"
        canonical_path = quote(path, safe="/" + _UNRESERVED)  # encoded twice, except by S3
    else:
        canonical_path = quote(unquote(path), safe="/" + _UNRESERVED)
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    encoded = [f"{quote(key, safe=_UNRESERVED)}={quote(value, safe=_UNRESERVED)}" for key, value in pairs]
    headers = [f"{name}:{' '.join(_header(environ, name).split())}" for name in credentials.signed_headers]
    return "\n".join(
        [
            environ["REQUEST_METHOD"],
            canonical_path or "/",
            "&".join(encoded),
            *headers,
            "",
            ";".join(credentials.signed_headers),
            _payload_hash(environ, body),
        ]
    )


def _payload_hash(environ: dict[str, Any], body: bytes) -> str:
    """The hash that the client declared, if it matches or is one of S3's "unsigned payload" markers."""
    actual = hashlib.sha256(body).hexdigest()
    declared = _header(environ, "x-amz-content-sha256") or actual
    if re.fullmatch("[0-9a-f]{64}", declared) and declared != actual:
        raise Denied(
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            code="XAmzContentSHA256Mismatch",
            status=400,
        )
    return declared


def _path_and_query(environ: dict[str, Any]) -> tuple[str, str]:
    uri = environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ["PATH_INFO"]
    if "://" in uri.split("?")[0]:  # absolute form, as sent to a proxy
        uri = "/" + uri.split("://", 1)[1].partition("/")[2]
    path, _, query = uri.partition("?")
    return path, query


def _header(environ: dict[str, Any], name: str) -> str:
    plain = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
    return str(environ.get(plain.get(name, "HTTP_" + name.upper().replace("-", "_")), ""))
