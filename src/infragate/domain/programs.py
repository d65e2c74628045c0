"""The vendor programs that infragate runs, with their commands and download sites.

`tools.lock` pins versions and digests. A pull request can edit it, so commands and sites are in the code.
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
        version_command: arguments that print its version.
        version_pattern: its first group is the version in that output.
        environment: variables for that command.
        sites: allowed prefixes of a release's address; each ends with a slash.
        go_package: the package that Go builds if no release can be downloaded; None: never built.
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
            # Otherwise it asks the vendor for updates, and reads the user's configuration, which may be broken.
            environment=MappingProxyType({"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": "/dev/null"}),
            sites=("https://releases.hashicorp.com/terraform/",),
        )
    }
)
