"""A field by field guard for server updates, in front of nova-api."""
