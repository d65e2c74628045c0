"""An emulator of Slack for rehearsals and tests: http on loopback, with channels, threads, metadata, webhooks and faults.

`server.serving()` gives a running `slack.Slack`. Faults are those of the emulator of GitHub.
"""
