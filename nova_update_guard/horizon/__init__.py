"""A module that Horizon imports; the guard never does."""
