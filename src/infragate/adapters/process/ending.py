"""Ends this process without Python's clean-up of every object, which takes longer than many a verb.

mypy ends in the same way (`mypy.util.hard_exit`).
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable


def after(work: Callable[[], object]) -> None:
    """Do the work, then end with its exit code.

    The functions of `atexit` run and the output is flushed before; only the memory is left to the kernel. Python ends as
    usual after an exception, while a thread is still busy, and if nobody reads the output.
    """
    try:
        work()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        code = ended.code
    else:
        code = 0
    busy = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    if not busy and _written_out():
        atexit._run_exitfuncs()
        if _written_out():
            os._exit(code)
    sys.exit(code)


def _written_out() -> bool:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # nobody reads it, or it is closed
        return False
    return True
