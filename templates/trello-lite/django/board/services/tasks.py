"""Tasks: made, changed, moved and deleted (CONTRACT §7)."""

# TODO (milestone tasks): create, get, change, delete, with versions
# TODO (milestone tasks): move. QuerySet.update(position=F("position") + 1) makes room in one statement; read about
# select_for_update, and about what a statement that has waited for a lock sees.
# TODO (milestone tasks): activity, in the same transaction (services/activity.py)
