"""The project: settings, paths, and the server."""
