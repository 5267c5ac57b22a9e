"""Formatting a file with its language's usual tool."""
