"""An AWS emulator for one machine: moto's server, corrected for Terraform, with IAM enforced.

It is a program of its own (``python -m aws_emulator``) and shares no state with the process that starts it. ``guard``
checks every request with ``aws_emulator.iam.policy``; ``corrections`` fixes moto's differences from AWS;
``service_models``, ``instance_types``, ``managed_policies`` and ``shortcuts`` spare it work; ``snapshot`` keeps the
resources across restarts.
"""

from __future__ import annotations

# Raise it when the format of a snapshot changes; a snapshot of another schema is not loaded.
SCHEMA = 2
