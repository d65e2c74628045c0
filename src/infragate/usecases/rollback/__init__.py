"""`rollback` and `config-rollback`."""
