"""Schemas: the JSON that comes in and the JSON that goes out.

Keep them apart from the tables: what a client may send, what is stored and what is answered are three
different things. An id that a client sends is ignored, and no answer holds a password hash.
"""

# TODO (milestone auth, CONTRACT §4): registration, the form of signing in, refresh token, change of name and
# password; the user and the pair of tokens in an answer. JSON types are strict: look at ConfigDict(strict=True)
# TODO (milestone projects, CONTRACT §5): project, member and invitation, in requests and in answers
# TODO (milestone tasks, CONTRACT §6 to §8): column, task, move, comment, and an entry of the activity. In a PATCH a
# field that is not sent is something else than one that is null: look at model_dump(exclude_unset=True)
# TODO (milestone docs, CONTRACT §13): the error, as a schema that the document can name
