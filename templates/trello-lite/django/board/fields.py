"""Fields: the rules for single values, as types that all schemas share (CONTRACT §2).

`Annotated[str, Strict(), AfterValidator(…)]` is a string and nothing else, looked at by a function of yours.
"""

# TODO (milestone auth): e-mail addresses, names, passwords, ids in paths
# TODO (milestone tasks): titles, labels, times. How many digits of a second does Django's JSON encoder keep?
