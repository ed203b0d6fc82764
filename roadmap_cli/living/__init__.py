"""The living dashboard, built with Textual: what is known, drawn anew whenever it changes, and checks run from there.

It is the only part that imports textual, and is imported by its command alone.
"""
