"""This machine and this checkout: files, locks, settings, masking, time."""
