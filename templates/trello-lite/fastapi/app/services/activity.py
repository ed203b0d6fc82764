"""Activity: what happened in a project (CONTRACT §8)."""

# TODO (milestone tasks): add an entry to the transaction of what it tells of, so that both are stored or neither is
# TODO (milestone tasks): the list, newest first, by cursor
