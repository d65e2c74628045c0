"""An emulator of GitHub: https on loopback, with state, signed webhooks and faults. It knows nothing of its users.

`server.serving()` gives a running `github.GitHub`; `certificates.loopback().authority` is the file that clients must
trust. The API is under `/` as at api.github.com and under `/api/v3` as at a GitHub Enterprise Server.
"""
