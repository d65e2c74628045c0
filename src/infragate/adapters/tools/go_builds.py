"""Builds a program from our Go module, whose go.mod and go.sum pin every dependency."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.process import children
from infragate.adapters.tools import progress
from infragate.adapters.tools.tool_store import Places
from infragate.domain.command import Say
from infragate.domain.errors import BadInput, ToolFailed
from infragate.domain.tools_lock import GoSource, Tool

BUILD_SECONDS = 1800.0
# The same bytes on every machine with the same Go: no paths, no version control, no C compiler, no flags of the user.
_FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath", "GOWORK": "off"}


def build(tool: Tool, source: GoSource, places: Places, target: Path, *, say: Say) -> None:
    """Compile the program to `target`.

    Raises:
        BadInput: no module, or it pins another version.
        ToolFailed: Go is missing, or the build failed.
    """
    module = places.sources / source.folder
    _check(tool, source, module / "go.mod")
    go = shutil.which("go", path=places.search_path)
    if go is None:
        raise ToolFailed(
            f"Go is needed to build {tool.name}", where="PATH", fix="install Go, or allow the release site"
        )
    linker = f"-s -w {source.ldflags}".replace("{version}", str(tool.version)).strip()
    environment = {**places.environment, **_ENVIRONMENT}
    begin = f"{tool.name} {tool.version}: building with Go, up to {tool.program.minutes} min"
    with progress.alive(begin, f"{tool.name}: still building", say):
        children.run(
            [go, "build", *_FLAGS, "-ldflags", linker, "-o", str(target), source.package],
            cwd=module,
            env=environment,
            timeout=BUILD_SECONDS,
        )


def _check(tool: Tool, source: GoSource, file: Path) -> None:
    text = files.read(file)
    if text is None:
        raise BadInput(f"no Go module for {tool.name}", where=str(file), fix="add it, or a sha256 to tools.lock")
    for name, version in re.findall(r"(?m)^(?:require\s+|\t)(\S+) v(\S+)", text):
        if f"{source.package}/".startswith(f"{name}/") and version != str(tool.version):
            message = f"it pins {name} {version}; tools.lock says {tool.version}"
            raise BadInput(message, where=str(file), fix="make both say the same version")
