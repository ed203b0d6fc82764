"""Reports: questions that are answered by one grouped query each (CONTRACT §8)."""

# TODO (milestone sql): most borrowed, overdue, authors
