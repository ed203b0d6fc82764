"""HTTP: what the framework leaves open (CONTRACT §2)."""

# TODO (milestone http): 405 with an Allow that names all methods of the path, not only those of one route
# TODO (milestone http): 415 for a body that is not called application/json, 400 for one that is not JSON
# TODO (milestone http): 406 if Accept takes no JSON, before anything is changed
# TODO (milestone http): ETag, If-None-Match and 304 for one book
