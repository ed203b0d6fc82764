"""The tests of roadmap."""
