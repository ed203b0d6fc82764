"""Columns: the lists of tasks on a board, and their order (CONTRACT §6)."""

# TODO (milestone tasks): add, list, rename, move and delete; positions are 0, 1, 2 … without gaps at any time
