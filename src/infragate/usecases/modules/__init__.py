"""The verbs about modules, and what they share."""
