"""Lists: asked for, cut and answered in the same way everywhere (CONTRACT §2)."""

# TODO (milestone projects): by pages: limit and offset with their limits, and {"items", "total", "limit", "offset"}
# TODO (milestone tasks): by cursor: a cursor holds the place of the last entry that was shown, not a number of rows
# TODO (milestone finding): cursors for sorts whose keys are often the same, or null
