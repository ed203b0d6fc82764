"""Boards for small teams: projects, the people in them, and their tasks, over HTTP."""
