"""GPUs: which there are, who holds which, and who waits."""
