"""`drift`: what differs between code and cloud, and who is told."""
