"""Refusals, and their format in each AWS protocol.

Status, code and wording are AWS's, so that Terraform and boto3 report the same errors as in AWS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

_REQUEST_ID = "00000000-0000-0000-0000-000000000000"
_EC2 = "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>{id}</Response>"
_QUERY = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "{id}</ErrorResponse>"
)
_S3 = "<Error><Code>{code}</Code><Message>{message}</Message>{id}</Error>"


class Denied(Exception):
    """A request that is refused. ``code`` empty: the protocol's own code for "access denied"."""

    def __init__(self, message: str, *, code: str = "", status: int = 403) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class Unjudgeable(Exception):
    """A request whose rights cannot be determined. It is refused, and the refusal says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def invalid(message: str, code: str = "ValidationError") -> Denied:
    """A parameter that AWS refuses before it evaluates policies."""
    return Denied(message, code=code, status=400)


def unjudged(service: str, error: Exception) -> Denied:
    """The refusal of a request that could not be judged; ``cannot judge`` marks it in every protocol."""
    text = str(error) if isinstance(error, Unjudgeable) else f"{type(error).__name__}: {error}"
    return Denied(f"emulator cannot judge this {service} request: {text}")


def answer(protocol: str, service: str, denied: Denied) -> Answer:
    """The refusal in the format of the protocol ("ec2", "query", "rest-xml", else JSON)."""
    if protocol == "ec2":
        return _xml(_EC2, denied, "UnauthorizedOperation", "RequestID")
    if protocol == "query" or (protocol == "rest-xml" and service != "s3"):
        return _xml(_QUERY, denied, "AccessDenied", "RequestId")
    if protocol == "rest-xml":
        return _xml(_S3, denied, "AccessDenied", "RequestId")
    code = denied.code or "AccessDeniedException"
    body = json.dumps({"__type": code, "message": denied.message, "Message": denied.message}).encode()
    headers = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code))
    return Answer(status=400 if protocol == "json" else denied.status, headers=headers, body=body)


def _xml(template: str, denied: Denied, default_code: str, id_element: str) -> Answer:
    text = template.format(
        code=escape(denied.code or default_code),
        message=escape(denied.message),
        id=f"<{id_element}>{_REQUEST_ID}</{id_element}>",
    )
    return Answer(status=denied.status, headers=(("Content-Type", "text/xml"),), body=text.encode())
