"""The project: settings, paths, and the application that the server runs."""
