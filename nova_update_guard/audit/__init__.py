"""Decisions as records, log lines, notifications and metrics."""
