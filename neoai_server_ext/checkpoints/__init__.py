"""Checkpoints of projects and versions of files, kept as git objects outside the project."""
