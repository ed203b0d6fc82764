"""Models: the tables, and the rules that the database itself enforces (CONTRACT §11).

Names and types of tables and columns are part of the contract: the examination looks at them, and writes rows of its
own. A change here needs a migration: ``python -m alembic revision --autogenerate -m "..."``, then read what it wrote.
"""

from sqlmodel import SQLModel

# Every constraint has a name that follows from what it is, so that migrations can speak of it.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

# TODO (milestone auth, CONTRACT §4 and §11): class User(SQLModel, table=True), and what you must know of a refresh
# token to find out whether it was used before, and which others stem from the same login
# TODO (milestone projects, CONTRACT §5 and §11): Project, Membership, Invitation
# TODO (milestone tasks, CONTRACT §6 to §8): the columns of a board, Task with its labels and assignees, Comment,
# Activity
# TODO (milestone database, CONTRACT §11): foreign keys that delete what belongs to a project, checks, unique and
# partial indexes, in __table_args__; and an index for every column that you look things up by
