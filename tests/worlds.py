"""Small worlds that tests are built from."""

from __future__ import annotations

from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement, Topic

HINTS = ("Look at the route.", "It needs a status.", "return Response(status_code=201)")


def requirement(id: str, *, needs: tuple[str, ...] = (), points: int = 1, given: bool = False) -> Requirement:
    """A requirement with nothing remarkable about it."""
    return Requirement(
        id=id, title=f"{id} does what it says", points=points, topics=("http",), hints=HINTS, needs=needs, given=given
    )


def phase(*requirements: Requirement, slug: str = "shop") -> Phase:
    """A phase with one milestone."""
    return Phase(
        slug=slug,
        number=1,
        title="A shop",
        summary="Sells things.",
        months=1,
        services=(),
        stacks=("fastapi",),
        environment=(),
        milestones=(Milestone(id="first", title="First", summary="Begin.", requirements=requirements),),
    )


def curriculum(*phases: Phase) -> Curriculum:
    """A curriculum of phases."""
    return Curriculum(title="Test", phases=phases, topics=(Topic("http", "HTTP"),))
