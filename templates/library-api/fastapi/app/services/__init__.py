"""Services: what the library does, in transactions, without a thought for HTTP.

A route that grows beyond a few lines has something that belongs here.
"""
