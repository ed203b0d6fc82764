"""Schemas: the JSON that comes in and the JSON that goes out.

Keep them apart from the models: what a client may send, what is stored and what is answered are three
different things. An id that a client sends is ignored, and no answer holds a password hash.
"""

# TODO (milestone auth, CONTRACT §4): registration, the form of POST /auth/token, changes of a user; user and pair
# TODO (milestone projects, CONTRACT §5): bodies and answers of projects, members, invitations
# TODO (milestone tasks, CONTRACT §6 to §8): of columns, tasks, comments, activity. What was not sent is something else
# than null: pydantic's model_fields_set knows.
# TODO (milestone docs, CONTRACT §13): the body of an error, for the document
