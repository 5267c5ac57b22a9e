"""What NeoAI adds to jupyter-collaboration."""
