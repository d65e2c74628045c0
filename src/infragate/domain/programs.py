"""The vendor programs that infragate runs. What is executed, and where it may come from, is decided here and not in data.

`tools.lock` pins versions and digests; a pull request can edit it, so it names no command and no site of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program.

    Attributes:
        version_command: arguments that make it say its version.
        version_pattern: its one group is the version in that output.
        environment: variables for that question.
        sites: what the address of a release begins with; each ends with a slash.
        go_package: the package that Go builds when no release can be had; None for a program that is never built.
    """

    version_command: tuple[str, ...]
    version_pattern: re.Pattern[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[str, ...]
    go_package: str | None = None


Programs = Mapping[str, Program]
PROGRAMS: Programs = MappingProxyType(
    {
        "terraform": Program(
            version_command=("version", "-json"),
            version_pattern=re.compile(r'"terraform_version":\s*"([^"]+)"'),
            # It asks the vendor for updates otherwise, and complains of a user's broken configuration.
            environment=MappingProxyType({"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": "/dev/null"}),
            sites=("https://releases.hashicorp.com/terraform/",),
        )
    }
)
