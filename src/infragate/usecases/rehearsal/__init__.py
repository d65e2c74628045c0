"""`rehearse`."""
