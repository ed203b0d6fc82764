"""Pagination: every list is asked for, cut and answered in the same way (CONTRACT §2, Lists)."""

# TODO (milestone http): limit and offset with their limits, and the page {"items", "total", "limit", "offset"}
# TODO (milestone books): let the database count and cut, in the same number of statements for any page
