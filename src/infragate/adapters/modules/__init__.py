"""Module calls in code, the modules fetched for them, and module releases."""
