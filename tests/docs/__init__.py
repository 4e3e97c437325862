"""The documentation: each block of code has a test, each link an end."""
