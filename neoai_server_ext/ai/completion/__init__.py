"""Completion as one types: what may stand at the cursor."""
