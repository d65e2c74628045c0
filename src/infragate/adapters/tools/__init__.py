"""Vendor programs: locate, download, verify, build."""
