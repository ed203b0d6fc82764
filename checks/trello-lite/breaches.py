"""The servers that a learner's tests are held against: who keeps the contract, who breaks it where, who answers anything alike.

A breach is one of the phase's mistakes, told by the rule that it breaks: what is broken, and not how. They are what somebody
might really write, and what tests of the contract's sentences find.
"""

from __future__ import annotations

from roadmap_cli.checking import Breach, Opponents

AUTH, PERMISSIONS, TASKS, FINDING = "auth", "permissions", "tasks", "finding"
NOT_FOUND = '{"error": {"code": "not_found", "message": "There is nothing here."}}'
BROKEN = '{"error": {"code": "internal_error", "message": "Something went wrong."}}'


def _breach(group: str, mistake: str, rule: str) -> Breach:
    return Breach(group=group, mistake=mistake, rule=rule)


BREACHES = (
    _breach(AUTH, "signature-not-verified", "An access token whose signature does not fit is refused (section 4)."),
    _breach(AUTH, "used-refresh-token-taken-again", "A refresh token is good for one refresh (section 4)."),
    _breach(
        AUTH, "password-change-keeps-the-logins", "A change of the password ends every login of the user (section 4)."
    ),
    _breach(PERMISSIONS, "task-read-by-anybody", "Who has no role in a project gets 404 for its tasks (section 5)."),
    _breach(PERMISSIONS, "viewers-change-tasks", "Viewers read tasks, and change none (sections 5 and 7)."),
    _breach(PERMISSIONS, "anybody-accepts", "Only who is invited can accept an invitation (section 5)."),
    _breach(TASKS, "patch-empties-the-labels", "PATCH leaves alone what is not sent (section 7)."),
    _breach(TASKS, "stale-version-taken", "A change whose If-Match names another version is refused (section 7)."),
    _breach(TASKS, "gap-where-a-task-was", "The tasks behind a deleted one close up (section 7)."),
    _breach(FINDING, "wildcards-of-like", "In a search % and _ stand for themselves (section 9)."),
    _breach(FINDING, "due-before-and-at", "due_before leaves out what is due at that very moment (section 9)."),
    _breach(FINDING, "cursor-skips-an-entry", "A walk by cursor shows every entry exactly once (section 2)."),
)
OPPONENTS = Opponents(
    first="fastapi",
    others=("django",),
    breaches=BREACHES,
    constant=((200, "{}"), (404, NOT_FOUND), (500, BROKEN)),
)
