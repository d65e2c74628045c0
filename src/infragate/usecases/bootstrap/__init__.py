"""`bootstrap-backend`."""
