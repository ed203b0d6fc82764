"""Comments: what people say about a task (CONTRACT §8)."""

# TODO (milestone tasks): add, list, change and delete; nobody changes another's words, the owner neither
