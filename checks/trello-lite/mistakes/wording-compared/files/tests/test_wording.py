"""What a refusal says."""

from world import Board


def test_unknown_tasks_are_told(board: Board):
    """In words."""
    answer = board.owner.get("/tasks/999999999")
    assert answer.json()["error"]["message"] == "There is no such thing here."
