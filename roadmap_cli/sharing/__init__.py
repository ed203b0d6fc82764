"""Progress and evidence to be shown to others: a page of HTML, one of Markdown, a badge.

Nothing here reads or writes files but the template and style sheet beside it. Whatever a learner's server said is neutral before
it gets here, and each form escapes it once more.
"""
