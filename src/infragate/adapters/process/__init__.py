"""Child processes: starting, reading, ending them."""
