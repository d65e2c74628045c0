"""Rules about modules: sources, pins, the lock, releases."""
