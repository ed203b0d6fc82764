"""Pagination: every list is asked for, cut and answered in the same way (CONTRACT §2, Lists)."""

# TODO (milestone projects): lists by pages: limit and offset with their limits, and {"items", "total", "limit",
# "offset"}
# TODO (milestone projects): let the database count and cut, in the same number of statements for any page
# TODO (milestone finding): lists by cursor: a cursor holds the place of the last entry that was shown, which is its
# value in the order and its id. What comes after it, if the value is null? And how do you know that a cursor is one
# of yours?
