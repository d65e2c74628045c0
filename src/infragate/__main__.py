"""The program: the console script `infragate`, and `python -m infragate`."""

from __future__ import annotations

import gc
import sys

# Loading modules makes many objects and hardly any garbage: to look through them again and again took a seventh of the start.
_OBJECTS = 200_000
# How long a thread that starts a program waits for one that computes, at each system call; Python's default is 5 ms.
_TURN_SECONDS = 0.0005


def main() -> None:
    """Run the verb of the command line."""
    gc.set_threshold(_OBJECTS)
    sys.setswitchinterval(_TURN_SECONDS)
    from infragate import tasks

    tasks.main()


if __name__ == "__main__":
    main()
