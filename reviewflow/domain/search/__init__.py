"""Searching: slices of a search too large for one answer, accounting of ids, re-runs, and the check of a strategy."""
