"""How much of this machine is ours: processors and free memory, also inside a container."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")  # of a container: its own group


def cores() -> int:
    """The processors that this process may use, at least one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = re.fullmatch(r"(\d+) (\d+)", _text(_CGROUP / "cpu.max"))
    return max(1, min(allowed, round(int(quota[1]) / int(quota[2])))) if quota else allowed


def free_memory() -> int | None:
    """Bytes that new programs can have; None if the system does not say."""
    available = re.search(r"^MemAvailable:\s+(\d+) kB$", _text(Path("/proc/meminfo")), re.MULTILINE)
    amounts = [int(available[1]) * 1024] if available else []
    with suppress(ValueError):  # "max": no limit
        amounts.append(int(_text(_CGROUP / "memory.max")) - int(_text(_CGROUP / "memory.current")))
    return max(0, min(amounts)) if amounts else None


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
