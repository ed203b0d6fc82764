"""Dependencies: what an endpoint asks for: a session, and who is asking."""

# TODO (milestone books): the session of the request, from app/database.py
# TODO (milestone users, CONTRACT §6): the user whose token came with the request, or 401; only a librarian, or 403
