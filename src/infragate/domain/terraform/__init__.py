"""Terraform's own data: state files, diagnostics, syntax, version constraints."""
