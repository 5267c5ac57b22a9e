"""The served projects of the projects' tests."""

from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
