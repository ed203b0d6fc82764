"""Is the process alive, and can it do its work? (CONTRACT §3)"""

from django.http import HttpRequest
from ninja import Router

router = Router(tags=["health"])


@router.get("/health")
def health(request: HttpRequest) -> dict[str, str]:
    return {"status": "ok"}


# TODO (milestone auth): GET /ready asks the database, and answers 503 not_ready within 5 seconds if it is away
