"""Is the process alive, and can it do its work?"""

from fastapi import APIRouter

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


# TODO (milestone auth, CONTRACT §3): GET /ready asks the database, and answers 503 not_ready if it is away
