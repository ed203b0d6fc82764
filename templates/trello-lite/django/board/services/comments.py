"""Comments (CONTRACT §8)."""

# TODO (milestone tasks): write, list, change, delete. Who may do which?
