"""Access: who may see a project, and who may work in it (CONTRACT §5)."""

# TODO (milestone projects): the role of a user in a project: 404 without one, 403 with one that is not enough. Every
# other service begins here.
# TODO (milestone tasks): what must be locked before somebody changes something in a project, and in which order?
