"""Terraform: its program, its language, where its providers come from."""
