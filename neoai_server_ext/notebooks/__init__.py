"""What NeoAI knows of notebooks."""
