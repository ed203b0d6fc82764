"""Access: who has which role in a project (CONTRACT §5)."""

# TODO (milestone projects): the user's membership of a project, with a given role at least: who has none gets 404, who
# has too little gets 403. Ask here, and nowhere else
# TODO (milestone tasks): the project that a column, task or comment belongs to, so that the same question can be
# asked there
# TODO (milestone tasks): who changes something in a project may have to wait for others who do. What is locked first,
# and when is the role read: before or after the wait?
