"""Models: the tables, and the rules that the database itself enforces (CONTRACT §11).

Names and types of tables and columns are part of the contract: the examination looks at them, and
writes rows of its own. `class Meta: db_table = "users"` names a table; `db_default=Now()` makes a default that the
database knows, too.
"""

# TODO (milestone auth, CONTRACT §4 and §11): User, and what you keep about refresh tokens
# TODO (milestone projects, CONTRACT §5 and §11): Project, Membership, Invitation
# TODO (milestone tasks, CONTRACT §6 to §8 and §11): Column, Task, the assignees, Comment, Activity
# TODO (milestone database, CONTRACT §11): check constraints, unique constraints and indexes, in Meta
# TODO (milestone database, CONTRACT §11): Django deletes what hangs on a project by itself, row by row; the contract
# wants the database to know (ON DELETE CASCADE). migrations.RunSQL can say that.
