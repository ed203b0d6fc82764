"""The library API: books, users and loans over HTTP, kept in PostgreSQL."""
