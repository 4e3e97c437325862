"""Start here: what the paste file names, and all that is checked at start."""
