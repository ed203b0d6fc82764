"""Users: accounts and who they belong to (CONTRACT §6)."""

# TODO (milestone users): create an account, find the user with this address and password, change, delete
