"""Rows that checks write behind the server's back: in the tables and columns that CONTRACT.md §11 lets the examination write.

A row that the database refuses here is no verdict on the requirement at hand: it is blocked by database.columns, which
asks for exactly such rows.
"""

from __future__ import annotations

from typing import Any

from roadmap_cli.checking import Blocked, Database, Draw, Mismatch, expect

# A hash that nobody can log in with, in a form that every verifier reads.
_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
UNKNOWN_ID = 2_111_222_333


def a_user_row(draw: Draw, **fields: Any) -> dict[str, Any]:
    """The columns of a user but those of the server."""
    return {"email": draw.email(), "name": draw.name(), "password_hash": _HASH + draw.text(43)} | fields


def a_project_row(draw: Draw, **fields: Any) -> dict[str, Any]:
    """The columns of a project but those of the server."""
    return {"name": draw.title(), "description": draw.words(5)} | fields


def a_membership_row(project: int, user: int, role: str = "member") -> dict[str, Any]:
    """The columns of a membership but those of the server."""
    return {"project_id": project, "user_id": user, "role": role}


def add_user(database: Database, draw: Draw, **fields: Any) -> int:
    """The id of a new user, as part of a world."""
    return _added(database, "users", a_user_row(draw, **fields))


def add_project(database: Database, draw: Draw, **fields: Any) -> int:
    """The id of a new project without any people, as part of a world."""
    return _added(database, "projects", a_project_row(draw, **fields))


def add_membership(database: Database, project: int, user: int, role: str = "member") -> None:
    """A role of *user* in *project*, as part of a world."""
    row = a_membership_row(project, user, role)
    try:
        database.execute(inserting("memberships", row), *row.values())
    except Mismatch as mismatch:
        raise Blocked("database.columns", mismatch) from mismatch


def expect_allowed(database: Database, table: str, row: dict[str, Any], sentence: str) -> None:
    """The database takes this row (which is rolled back)."""
    refused = database.refuses(inserting(table, row), *row.values())
    expect(not refused, sentence, expected="the row is taken", actual=f"the database refuses {shown(row)}")


def expect_refused(database: Database, table: str, row: dict[str, Any], sentence: str) -> None:
    """The database itself refuses this row."""
    refused = database.refuses(inserting(table, row), *row.values())
    expect(refused, sentence, expected="the database refuses the row", actual=f"it takes {shown(row)}")


def inserting(table: str, row: dict[str, Any]) -> str:
    """The INSERT for the columns of *row*."""
    places = ", ".join(["%s"] * len(row))
    return f"insert into {table} ({', '.join(row)}) values ({places})"  # names are ours


def shown(row: dict[str, Any]) -> str:
    """A row in words."""
    return ", ".join(f"{column}={value}" for column, value in row.items())


def _added(database: Database, table: str, row: dict[str, Any]) -> int:
    try:
        id: int = database.value(f"{inserting(table, row)} returning id", *row.values())
    except Mismatch as mismatch:
        raise Blocked("database.columns", mismatch) from mismatch
    return id
