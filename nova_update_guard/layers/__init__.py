"""The layers: pure functions that check requests and redact documents."""
