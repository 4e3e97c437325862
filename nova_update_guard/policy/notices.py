"""What the policy file says that can hardly be meant."""

from nova_update_guard.policy.enforcer import Rules


def notices(rules: Rules) -> list[str]:
    """The notices of rules, each as FILE:LINE: RULE: problem and what to do."""
    return []
