"""Logins: refresh tokens that are good once, and what happens when one comes twice (CONTRACT §4, Rotation)."""

# TODO (milestone auth): begin a login; use up a refresh token and give the next one; end a login
# TODO (milestone auth): two requests may bring one token at the same moment. Read about SELECT … FOR UPDATE, or about
# UPDATE … WHERE used_at IS NULL RETURNING
