"""Watching a project: what counts as its content, when to look at it, and a verdict on whatever it holds last.

rules      which files are the learner's content and which are noise
content    what the content is now, against what it was
waking     when to look again: at the system's events, or by the clock
watcher    the three of them in a thread
authors    who wrote a file while a run was on: the learner, or the server itself
session    runs: begun, cancelled, begun again, so that the last verdict is that of the last content
"""

from roadmap_cli.watching.session import Began, Ended, Judge, Run, ServerWrites, Session, Told
from roadmap_cli.watching.watcher import Change, Message, Watcher, named_in

__all__ = [
    "Began",
    "Change",
    "Ended",
    "Judge",
    "Message",
    "Run",
    "ServerWrites",
    "Session",
    "Told",
    "Watcher",
    "named_in",
]
