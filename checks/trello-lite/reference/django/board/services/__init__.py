"""Services: what the board does, in transactions, without a thought for HTTP."""
