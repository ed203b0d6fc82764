"""Members: who takes part in a project, as what, and until when (CONTRACT §5)."""

# TODO (milestone projects): list, change a role, remove or leave, transfer; a project has exactly one owner at any time
# TODO (milestone tasks): who is removed is no assignee any more
