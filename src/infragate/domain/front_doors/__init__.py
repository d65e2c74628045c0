"""What Atlantis, GitHub Actions and a shell have in common: the pure rules of where a verb is called from."""
