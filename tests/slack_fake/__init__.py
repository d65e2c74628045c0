"""A fake Slack for tests: http on loopback, with channels, threads, metadata, webhooks and faults.

`server.serving()` gives a running `slack.SlackFake`. Faults are those of the emulator of GitHub.
"""
