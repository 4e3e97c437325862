"""Benchmarks. Commands, not tests: each prints a table of ratios."""
