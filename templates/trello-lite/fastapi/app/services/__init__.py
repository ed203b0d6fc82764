"""Services: what happens on the boards, in transactions, without a thought for HTTP.

A route that grows beyond a few lines has something that belongs here.
"""
