"""Module calls in code, what was fetched for them, and the releases they come from."""
