"""nova's own API-sample tests, without and with the guard in its pipeline.

The tests come from nova's wheel, their samples from its source release:
nothing of either is kept in this project.
"""
