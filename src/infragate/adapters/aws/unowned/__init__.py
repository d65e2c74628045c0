"""Readers of what somebody has added to managed resources: each asks one service of AWS."""
