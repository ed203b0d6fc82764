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
    _breach(
        AUTH, "used-refresh-token-taken-again", "A refresh token that was used up is refused, and ends the login (§4)."
    ),
    _breach(AUTH, "logout-ends-nothing", "After a logout no refresh token of that login is valid (§4)."),
    _breach(AUTH, "unsigned-tokens-believed", "An access token whose signature does not fit is refused (§4)."),
    _breach(AUTH, "new-password-not-stored", "After a change of the password only the new one signs in (§4)."),
    _breach(PERMISSIONS, "strangers-read-tasks", "Who has no role in a project gets 404 for everything in it (§5)."),
    _breach(PERMISSIONS, "viewers-write", "A viewer can read a project's tasks, and change none (§5, §7)."),
    _breach(PERMISSIONS, "members-invite", "Only the owner of a project invites others (§5)."),
    _breach(PERMISSIONS, "invitation-of-anybody", "An invitation can be accepted only by who it was made for (§5)."),
    _breach(TASKS, "patch-resets-description", "PATCH leaves alone what is not sent (§7)."),
    _breach(TASKS, "stale-version-taken", "A change with an If-Match of an older version is refused (§7)."),
    _breach(TASKS, "gap-after-deletion", "When a task is deleted, those behind it close up (§7)."),
    _breach(
        TASKS, "strangers-as-assignees", "Only people with a role in the project can be assigned to its tasks (§7)."
    ),
    _breach(FINDING, "wildcards-in-search", "In a search every character stands for itself, % and _ too (§9)."),
    _breach(FINDING, "due-before-included", "due_before leaves out a task that is due at that very moment (§9)."),
    _breach(FINDING, "total-of-the-page", "total counts all entries that match, not those of the page (§2)."),
    _breach(FINDING, "cursor-skips-an-entry", "A walk by cursor shows every entry exactly once (§2)."),
)
OPPONENTS = Opponents(
    first="fastapi",
    others=("django",),
    breaches=BREACHES,
    constant=((200, "{}"), (404, NOT_FOUND), (500, BROKEN)),
)
