"""Who would break: the decision records, read and counted."""
