"""Search over a project's files: passages, identifiers taken apart, SQLite FTS5 and BM25."""
