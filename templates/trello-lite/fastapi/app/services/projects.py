"""Projects: making, finding, changing and deleting them (CONTRACT §5)."""

# TODO (milestone projects): functions that take a session and a user, and do the work of routes/projects.py
# TODO (milestone projects): the list, with role and owner of each project, in the same number of statements for any
# page
