"""Exports of projects that are kept: zip archives on this disk or on object storage."""
