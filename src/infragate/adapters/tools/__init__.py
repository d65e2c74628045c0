"""Vendor programs: found, downloaded, checked, built."""
