"""Tasks: made, changed, moved and deleted (CONTRACT §7)."""

# TODO (milestone tasks): make a task as the last of its column; change only what was sent, and only if it is different
# TODO (milestone tasks): moves. Close the gap and make room with one UPDATE each, not with one for every task
# TODO (milestone tasks): two people may change or move one task at the same moment. Lock first, then compare the
# version
