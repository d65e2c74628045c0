"""The embedded AWS emulator, what is seeded into it, and the local module repository."""
