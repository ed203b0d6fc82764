"""Models: the tables, and the rules that the database itself enforces (CONTRACT §9).

Names and types of tables and columns are part of the contract: the examination looks at them, and
writes rows of its own.
"""

# TODO (milestone books, CONTRACT §4 and §9): class Book(SQLModel, table=True)
# TODO (milestone users, CONTRACT §6 and §9): class User(SQLModel, table=True)
# TODO (milestone loans, CONTRACT §7 and §9): class Loan(SQLModel, table=True)
# TODO (milestone sql, CONTRACT §9): checks, unique constraints and indexes, in __table_args__
