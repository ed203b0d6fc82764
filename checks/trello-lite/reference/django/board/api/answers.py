"""What the document says of each endpoint: its answers (CONTRACT §13)."""

from typing import Any

from board.schemas import Error, ValidationFailed

SIGNED_IN = (401,)
ID = (404, 422)
BODY = (400, 415, 422)
QUERY = (422,)


def answers(status: int, schema: Any, *refusals: int) -> dict[int, Any]:
    """The answers of an endpoint, for `response=`: the good one first."""
    errors = {refusal: ValidationFailed if refusal == 422 else Error for refusal in sorted({*refusals, 500})}
    return {status: schema, **errors}
