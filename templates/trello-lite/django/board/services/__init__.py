"""Services: what the board does, in transactions, without a thought for HTTP.

An endpoint that grows beyond a few lines has something that belongs here.
"""
