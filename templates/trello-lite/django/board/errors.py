"""Errors: one exception for each refusal, and one form for all of them on the wire (CONTRACT §2)."""

# TODO (milestone auth): a function that makes the answer of an error:
#     {"error": {"code": "not_found", "message": "There is no such thing."}}
# TODO (milestone auth): exceptions that your endpoints and services raise, such as NotFound, Forbidden and Conflict
# TODO (milestone auth): handlers on the NinjaAPI (`@api.exception_handler(…)`) for your own exceptions, for ninja's
# ValidationError (422, with details), AuthenticationError (401) and HttpError (a body that is not JSON: 400), and for
# anything unforeseen (500 that tells nothing of the inside, but your log has the traceback)
