"""Fields: the rules that the values of a request must keep, each as a type (CONTRACT §2, §4, §5 and §7).

A type that is written down once is right in POST and in PATCH:

    Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""

# TODO (milestone auth): e-mail address, name, password
# TODO (milestone projects): description, role, ids in paths and in bodies, limit and offset
# TODO (milestone tasks): title, priority, times with an offset, labels, assignees, positions
# TODO (milestone finding): what query parameters may hold, which arrive as text
