"""Schemas: the JSON that comes in and the JSON that goes out.

Keep them apart from the tables: what a client may send, what is stored and what is answered are three
different things. An id that a client sends is ignored, and no answer holds a password hash.
"""

# TODO (milestone http, CONTRACT §2 and §4): the body that creates a book, with strict types, and the book in an
# answer
# TODO (milestone books, CONTRACT §4): the rules of each field; the bodies of PUT and PATCH
# TODO (milestone users, CONTRACT §6): registration, login, changes of a user; the user and the token in an answer
# TODO (milestone loans, CONTRACT §7): the bodies that borrow, and the loan in an answer
