"""The program: the console script `infragate`, and `python -m infragate`."""

from __future__ import annotations

import gc

# Loading modules makes many objects and hardly any garbage: to look through them again and again took a seventh of the start.
_OBJECTS = 50_000


def main() -> None:
    """Run the verb of the command line."""
    gc.set_threshold(_OBJECTS)
    from infragate import tasks

    tasks.main()


if __name__ == "__main__":
    main()
