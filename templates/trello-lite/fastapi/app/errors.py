"""Errors: one exception for each refusal, and one shape for all of them on the wire (CONTRACT §2)."""

# TODO (milestone auth): a function that makes the answer of an error:
#     {"error": {"code": "not_found", "message": "There is no such project.", "details": []}}
# TODO (milestone auth): exceptions that your routes and services raise: Unauthorized, with its WWW-Authenticate,
# Forbidden, NotFound, Conflict with a code, ValidationFailed with a field
# TODO (milestone auth): handlers for the three sources of errors: your own exceptions, RequestValidationError of
# FastAPI (422, with details; a body that is not JSON comes this way too, and is 400), and HTTPException of Starlette
# (404 and 405 of the router)
# TODO (milestone tasks): anything unforeseen is 500 internal_error and tells nothing of the inside, but your log has
# the traceback
