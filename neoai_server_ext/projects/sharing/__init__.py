"""Sharing: who may do what in a project, and the gate that holds everybody to it."""
