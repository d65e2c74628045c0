"""An HTTP request read as an AWS API call, with botocore's own service models."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model

from aws_emulator.denials import Unjudgeable

# Signing name -> name of the botocore model, where they differ.
_MODELS = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "states": "stepfunctions",
}
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,]+)/([^/,]*)/([^/,]*)/([^/,]*)/([^/,]*), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)\Z"
)
_LOCAL_HOST = re.compile(r"(localhost|\[[0-9a-f:]+\]|[0-9.]+)(:\d+)?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The parts of a SigV4 Authorization header. ``scope`` is date, region, service, "aws4_request"."""

    access_key: str
    scope: tuple[str, str, str, str]
    signed_headers: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call. ``service`` is the signing name ("elasticloadbalancing", "monitoring")."""

    service: str
    operation: str
    parameters: dict[str, Any]
    protocol: str
    region: str

    def arn(self, account: str, resource: str, service: str = "") -> str:
        """ARN of a regional resource of this call's service (or another one) in ``account``."""
        return f"arn:aws:{service or self.service}:{self.region}:{account}:{resource}"

    def strings(self) -> list[str]:
        """Every distinct text value anywhere in the parameters, in order."""
        return list(dict.fromkeys(walk(self.parameters)))


def walk(value: Any) -> Iterator[str]:
    """All strings inside nested dicts and lists (values, not keys)."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from walk(inner)
    elif isinstance(value, str):
        yield value


def credentials(environ: dict[str, Any]) -> Credentials | None:
    """The SigV4 credentials of a request; None without an Authorization header.

    Raises Unjudgeable for any other scheme: moto would still route such a request by its header.
    """
    header = environ.get("HTTP_AUTHORIZATION")
    if not header:
        return None
    match = _AUTHORIZATION.match(header)
    if match is None:
        raise Unjudgeable("only SigV4 Authorization headers are understood")
    access_key, date, region, service, ending, signed_headers, signature = match.groups()
    return Credentials(
        access_key=access_key,
        scope=(date, region, service, ending),
        signed_headers=tuple(signed_headers.split(";")),
        signature=signature,
    )


def is_web_identity(environ: dict[str, Any], body: bytes) -> bool:
    """True if moto will route this unsigned request to STS; at least as strict as moto."""
    content_type = environ.get("CONTENT_TYPE", "")
    if not content_type.startswith("application/x-www-form-urlencoded") or environ.get("PATH_INFO") != "/":
        return False
    if environ.get("QUERY_STRING") or environ["REQUEST_METHOD"] != "POST":
        return False
    return parse_qs(body.decode("utf-8", "replace")).get("Action") == ["AssumeRoleWithWebIdentity"]


def _model_name(service: str, path: str) -> str:
    if service == "s3" and path.startswith("/v20180820/"):
        return "s3control"
    return _MODELS.get(service, service)


def _check_host(service: str, model: str, host: str) -> None:
    """Refuse bucket names in the host: moto would read them, the guard does not."""
    if service == "s3" and model == "s3" and not _LOCAL_HOST.match(host):
        raise Unjudgeable(f"S3 is served path-style on an IP address or localhost, not on {host}")


def parse(environ: dict[str, Any], body: bytes, service: str, region: str) -> Call:
    """The call in a request. Raises Unjudgeable, or an error of moto's parser."""
    model_name = _model_name(service, environ["PATH_INFO"])
    _check_host(service, model_name, environ.get("HTTP_HOST", ""))
    if service == "elasticloadbalancing" and b"Version=2012-06-01" in body:
        raise Unjudgeable("elasticloadbalancing: classic load balancers are not modelled")
    copy = dict(environ)
    copy["wsgi.input"] = io.BytesIO(body)
    request = MotoRequest(copy)
    model = get_service_model(model_name)
    operation, uri_parameters = get_service_router(model_name).match(request)
    protocol = determine_request_protocol(model, request.content_type)
    # The content of an object is not a parameter, and would be decoded as text.
    opaque = model_name == "s3" and operation.name in ("PutObject", "UploadPart")
    parsed = PROTOCOL_PARSERS[protocol](operation, map_type=dict).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": b"" if opaque else request.get_data(),
            "url_path": request.path,
            "url_params": uri_parameters,
        }
    )
    # An empty prefix is a condition key; other empty values count as absent.
    present = {key: value for key, value in dict(parsed or {}).items() if value is not None}
    parameters = {key: value for key, value in present.items() if value != "" or key == "Prefix"}
    return Call(
        service="s3control" if model_name == "s3control" else service,
        operation=operation.name,
        parameters=parameters,
        protocol=protocol,
        region=region,
    )
