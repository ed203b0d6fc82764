"""Services: what happens on the boards, in transactions, without a thought for HTTP."""
