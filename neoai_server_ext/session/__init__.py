"""The server's life under a hub: what keeps it, what ends it, and everything saved before."""
