"""Which version of the schema this code works with.

A constant, so that a start-up with nothing to migrate need not load Alembic (0.35 s, 22 MB);
a test holds it equal to the newest migration.
"""

HEAD = "0005"
