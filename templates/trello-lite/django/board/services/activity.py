"""Activity: what happened in a project (CONTRACT §8)."""

# TODO (milestone tasks): record an entry; whoever records something does it in the transaction of the thing itself
