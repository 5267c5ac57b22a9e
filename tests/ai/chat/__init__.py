"""NeoAI in the chat, in a real server."""
