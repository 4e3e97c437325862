"""oslo.policy: the rules, their files, their checks and their reload."""
