"""Benchmarks: ratios measured in one run. Nothing here is asserted."""
