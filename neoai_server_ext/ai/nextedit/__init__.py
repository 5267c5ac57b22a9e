"""Next edits: after an edit, the places that must now change too."""
