"""nova's API as data, and how its requests and responses are read."""
