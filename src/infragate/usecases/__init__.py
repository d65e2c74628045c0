"""One module for each verb: run(request) -> result."""
