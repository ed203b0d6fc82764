"""The library: books, the people who borrow them, and their loans, over HTTP."""
