"""Security: passwords that are stored as hashes, and tokens that only you can make (CONTRACT §6)."""

# TODO (milestone users): hash a password and compare one with a hash. argon2-cffi has PasswordHasher; its
# parameters depend on PASSWORD_HASH_COST.
# TODO (milestone users): issue a token and read one. PyJWT has encode and decode; a token that is not exactly one
# of yours, or too old, is none.
