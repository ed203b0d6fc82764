"""HTTP: what the framework leaves open (CONTRACT §2)."""

# TODO (milestone auth): who is asking? A subclass of ninja.security.HttpBearer, used as `Router(auth=…)`, finds the
# user of an access token; request.auth is what it gives.
# TODO (milestone auth): a subclass of ninja.parser.Parser that refuses a body under another Content-Type (415). What
# does ninja do with an empty body?
# TODO (milestone auth): Django answers an unknown path and a wrong method by itself, in HTML. A middleware can give
# those answers your form; 405 keeps its Allow.
# TODO (milestone tasks): ETag and If-Match (CONTRACT §7)
