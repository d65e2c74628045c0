"""Processes that write the same comment at the same moment: `python racing_comments.py NUMBER MARKER`.

Each is a process with a token of its own, forked after what takes long to import; its exit code is that of a verb.
"""

from __future__ import annotations

import os
import sys
import time

from infragate.adapters.github import github_retry, sticky_comment
from infragate.domain.errors import InfragateError


def main(number: int, marker: str) -> None:
    began = time.monotonic() + 0.2
    children = [child for racer in range(number) for child in [os.fork() or _race(racer, marker, began)]]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.stdout.write(" ".join(map(str, codes)))


def _race(racer: int, marker: str, began: float) -> int:
    """Never comes back: the process ends."""
    code = 1
    try:
        github_retry.PAUSE = 0.02
        os.environ["GITHUB_TOKEN"] += f"-{racer}"
        time.sleep(max(0.0, began - time.monotonic()))
        sticky_comment.post("acme/fileflow", 1, marker=marker, text=lambda _present: f"{marker}\nrun {racer}\n")
        code = 0
    except InfragateError as error:
        sys.stderr.write(f"{racer}: {error.message} ({error.fix})\n")
        code = error.exit_code
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
