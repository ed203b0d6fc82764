"""Invitations: how somebody gets a role in a project (CONTRACT §5)."""

# TODO (milestone projects): invite, list, withdraw, accept, decline
# TODO (milestone projects): one invitation may be accepted twice at the same moment. What makes sure that it counts
# once?
