"""IAM policy evaluation, as AWS documents it. Pure: no I/O, no clock, no network."""
