"""The steps of the custom workflow on an Atlantis server."""
