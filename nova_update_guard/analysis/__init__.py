"""Analysis of policy before it is in force: the policy commands."""
