"""Users and their logins (CONTRACT §4)."""

# TODO (milestone auth): register. Two requests may take one address at the same moment: who decides which was first?
# TODO (milestone auth): sign in, refresh, sign out, change the password. Which of these end which logins?
