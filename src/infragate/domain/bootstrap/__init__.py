"""Rules about the state backend and the roles."""
