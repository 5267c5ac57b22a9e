"""Finding in a project: its files by name, text in its files, and replacing it everywhere."""
