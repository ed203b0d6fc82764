"""roadmap: scaffolds backend projects, starts them as real servers and grades them over HTTP."""

__version__ = "0.1.0"
