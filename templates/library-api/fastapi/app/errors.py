"""Errors: one exception for each refusal, and one shape for all of them on the wire (CONTRACT §2)."""

# TODO (milestone http): a function that makes the answer of an error:
#     {"error": {"code": "not_found", "message": "There is no such book."}}
# TODO (milestone http): exceptions that your routes and services raise, such as NotFound and Conflict
# TODO (milestone http): handlers for the three sources of errors: your own exceptions, RequestValidationError of
# FastAPI (422, with details; a body that is not JSON comes this way too, and is 400), and HTTPException of Starlette
# (404 and 405 of the router)
# TODO (milestone loans): anything unforeseen is 500 internal_error and tells nothing of the inside, but your
# log has the traceback
