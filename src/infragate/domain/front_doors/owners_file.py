"""CODEOWNERS: whose approval a change needs. The last line that matches a file decides, so the order counts."""

from __future__ import annotations

from collections.abc import Iterator

from infragate.domain.finding import Finding
from infragate.domain.front_doors.generated_part import LINES
from infragate.domain.front_doors.sections import Owners

# Patterns and their owners; what judges a change, or runs for it, comes last.
_PLATFORM = ("/infra/", "/modules/")
_SECURITY = (
    "/policy/",
    "/infra/bootstrap/",
    "/infra/environments.yaml",
    "/atlantis.yaml",
    "/workflows/",
    "/.github/",
    "/tasks.py",
    "/inv",
    "/nox",
    "/.gitattributes",
    "/.gitmodules",
    "*.lock",
    ".terraform.lock.hcl",
    "CODEOWNERS",
)
# Where the repository holds infragate itself: the code that judges every change, and what proves it.
TOOLKIT = "src/infragate"
_PLATFORM_OF_TOOLKIT = ("/tests/",)
_SECURITY_OF_TOOLKIT = ("/src/", "/pyproject.toml", "/noxfile.py")


def text(owners: Owners, *, toolkit: bool) -> str:
    """The generated lines.

    Args:
        toolkit: the repository holds infragate itself.
    """
    rules = [(pattern, owners.platform) for pattern in (*_PLATFORM, *(_PLATFORM_OF_TOOLKIT if toolkit else ()))]
    rules += [(pattern, owners.security) for pattern in (*_SECURITY, *(_SECURITY_OF_TOOLKIT if toolkit else ()))]
    head = (
        "# From `owners` in infra/environments.yaml. The last line that matches decides: write yours above this part."
    )
    return "\n".join([head, *(f"{pattern} {' '.join(names)}" for pattern, names in rules)])


def complaints(place: str, content: str) -> Iterator[Finding]:
    """A complaint for each line below the generated part: it would decide over it.

    Args:
        place: the name of the file.
    """
    below = LINES.after(content)
    first = content.count("\n") - below.count("\n") + 1  # the line with the end mark: its rest is below, too
    for number, line in enumerate(below.splitlines(), first):
        if line.partition("#")[0].strip():
            yield Finding(
                id="owners/below-the-generated-part",
                source="render",
                message="the last line that matches decides, so this line takes files from their owners",
                file=place,
                line=number,
                fix=f"move it above the line: {LINES.begin}",
            )
