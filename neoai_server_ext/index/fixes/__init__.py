"""Errors, and how the user had them mended."""
