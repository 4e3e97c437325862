"""The request path: from recognising a request to redacting its response."""
