"""A fake GitHub for all tests: https on loopback, with state, signed webhooks and faults.

`server.serving()` gives a running `github.GitHub`; `certificates.authority()` is the file that clients must trust. The
API is under `/` as at api.github.com and under `/api/v3` as at a GitHub Enterprise Server.
"""
