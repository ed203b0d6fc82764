"""Dependencies: what an endpoint asks for: a session, who is asking, and which version they have seen."""

# TODO (milestone auth): the session of the request, from app/database.py
# TODO (milestone auth, CONTRACT §4): the user whose access token came with the request, or 401. FastAPI's
# OAuth2PasswordBearer reads the header, and writes the security scheme into the document
# TODO (milestone tasks, CONTRACT §7): If-Match, as a value that knows whether a version is among its tags
