"""Stands for the AWS CLI in recipes: `aws [--profile P] SERVICE OPERATION --option VALUE ... [FILE]`.

Operations and options are those of botocore's models, from which the real CLI is made too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name


def main(argv: list[str]) -> None:
    """Make the call and print its answer as JSON."""
    profile = argv[argv.index("--profile") + 1] if "--profile" in argv else None
    if profile:
        at = argv.index("--profile")
        argv = argv[:at] + argv[at + 2 :]
    service, operation, *rest = argv
    client = boto3.Session(profile_name=profile).client({"s3api": "s3"}.get(service, service))
    method = operation.replace("-", "_")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
    options = {f"--{xform_name(name, '-')}": name for name in shape.members}
    parameters: dict[str, Any] = {}
    while rest and rest[0].startswith("--"):
        name = options[rest[0]]
        parameters[name] = _value(shape.members[name], rest[1])
        rest = rest[2:]
    answer = getattr(client, method)(**parameters)
    answer.pop("ResponseMetadata")
    if rest:
        Path(rest[0]).write_bytes(answer.pop("Body").read())
    sys.stdout.write(json.dumps(answer, default=str) + "\n")


def _value(shape: Any, text: str) -> Any:
    if shape.type_name == "blob":
        return Path(text).read_bytes()
    return json.loads(text) if shape.type_name in ("structure", "map", "list") else text


if __name__ == "__main__":
    main(sys.argv[1:])
