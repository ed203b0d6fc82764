"""Security: passwords that are stored as hashes, and tokens that only you can make (CONTRACT §4)."""

# TODO (milestone auth): hash a password and compare one with a hash: django.contrib.auth.hashers has make_password and
# check_password, and needs no table.
# TODO (milestone auth): issue an access token and read one. PyJWT has encode and decode; say which algorithms you
# accept and which claims must be there.
# TODO (milestone auth): refresh tokens. What do you have to store to know that one was used up?
