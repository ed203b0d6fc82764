"""Columns: the lists of a board (CONTRACT §6)."""

# TODO (milestone tasks): create, rename, move, delete. Positions are 0, 1, 2 … without gaps.
