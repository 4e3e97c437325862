"""What was decided, as records, log lines, notifications and metrics."""
