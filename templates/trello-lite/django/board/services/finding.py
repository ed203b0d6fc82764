"""Finding tasks (CONTRACT §9)."""

# TODO (milestone finding): the filters, as Q objects that are joined. What does icontains do with % and _?
# TODO (milestone finding): the sorts, each a total order
# TODO (milestone finding): labels with their numbers of tasks
