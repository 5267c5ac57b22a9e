"""Templates that new projects start from."""
