"""Start here: the factories of the paste file, and the checks at start."""
