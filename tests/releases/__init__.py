"""The guard with every release of nova that is in use.

``table`` has the releases; all else follows from it.
"""
