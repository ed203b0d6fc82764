"""Projects, members and invitations (CONTRACT §5)."""

# TODO (milestone projects): create, list, change, delete; what is deleted with a project?
# TODO (milestone projects): members: change a role, remove, leave, transfer the project
# TODO (milestone projects): invitations: invite, withdraw, accept, decline
