"""HTTP: what the framework leaves open (CONTRACT §2)."""

# TODO (milestone auth): 405 with an Allow that names all methods of the path, not only those of one route
# TODO (milestone auth): 415 for a body of another Content-Type than it must have, 400 for one that is not JSON
# TODO (milestone projects): a path id of digits that names nothing is 404, however large; anything else in it is 422
