"""Finding: tasks by what they contain, of one project or of all that a user takes part in (CONTRACT §9)."""

# TODO (milestone finding): filters, as conditions of one query. In LIKE, % and _ stand for others: who says that they
# do not?
# TODO (milestone finding): orders: ties by id, tasks without a date last in both directions, priorities by rank
# TODO (milestone finding): labels with their number of tasks, in the order of code points whatever language the
# database speaks
