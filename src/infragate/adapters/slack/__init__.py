"""Slack: messages under a bot token, or through an incoming webhook."""
