"""The tasks of this checkout, for `inv`."""

from infragate.tasks import namespace as ns

__all__ = ["ns"]
