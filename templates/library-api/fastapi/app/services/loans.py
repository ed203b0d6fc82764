"""Loans: lending without overselling, and taking back once (CONTRACT §7)."""

# TODO (milestone loans): lend books to a user, all or none, in one transaction
# TODO (milestone loans): two requests may want the last copy at the same moment. Read about SELECT … FOR UPDATE, and
# about the order in which rows are locked.
