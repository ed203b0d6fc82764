"""Services: what the library does, in transactions, without a thought for HTTP."""
