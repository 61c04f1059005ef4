"""Measures the product against a bare commit, row by row of the budget (docs/decisions/030-speed.md)."""
