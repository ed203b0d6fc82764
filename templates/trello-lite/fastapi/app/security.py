"""Security: passwords that are stored as hashes, and tokens that only you can make (CONTRACT §4)."""

# TODO (milestone auth): hash a password and compare one with a hash. argon2-cffi has PasswordHasher; its parameters
# depend on PASSWORD_HASH_COST.
# TODO (milestone auth): issue an access token and read one. PyJWT has encode and decode; say which algorithm and which
# claims you insist on, and think of what else could be signed with your key.
# TODO (milestone auth): make a refresh token that nobody can guess, and what you store instead of it
