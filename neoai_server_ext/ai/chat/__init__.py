"""NeoAI in Jupyter AI's chat."""
