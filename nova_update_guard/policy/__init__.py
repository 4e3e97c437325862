"""oslo.policy: the rules, their files, and what is in force."""
