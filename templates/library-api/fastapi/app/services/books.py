"""Books: searching and keeping the catalogue (CONTRACT §4)."""

# TODO (milestone books): functions that take a session and do the work of routes/books.py
# TODO (milestone books): two requests may add one ISBN at the same moment. Who decides which was first?
