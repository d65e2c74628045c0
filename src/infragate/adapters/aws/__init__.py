"""AWS: calls, profiles for child programs, the state account."""
