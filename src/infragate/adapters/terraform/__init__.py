"""Terraform: its program, its configuration language, the source of its providers."""
