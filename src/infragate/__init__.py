"""infragate: a service repository owns its infrastructure; a central team supplies guardrails and modules."""

__version__ = "0.1.0"
