"""How the real resources of a Stack differ from its code, and why."""
