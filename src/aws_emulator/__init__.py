"""An AWS emulator for one machine: moto's server, corrected for Terraform, with IAM really enforced.

It is a program of its own (``python -m aws_emulator``) and shares no state with the process that starts
it. ``guard`` stands in front of every service and asks ``aws_emulator.iam.policy``; ``corrections`` repairs what
moto answers differently from AWS; ``snapshot`` keeps everything across restarts.
"""

from __future__ import annotations

# Raised whenever the contents of a snapshot change shape; a snapshot of another schema is not loaded.
SCHEMA = 2
