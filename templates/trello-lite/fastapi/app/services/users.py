"""Users: accounts and who they belong to (CONTRACT §4)."""

# TODO (milestone auth): create an account, find the user with this address and password, change name and password
# TODO (milestone auth): two requests may register one address at the same moment. Who decides which was first?
