"""``python -m tests.releases.rules``: nova's default policy and the guard's.

Runs in the Python that has the nova. Prints each difference, as the start of
the guard in nova would tell it, as JSON.
"""

import json

from nova_update_guard.deploy import nova_policy, rule_differences
from nova_update_guard.deploy.rule_pairs import PAIRS
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules


def main() -> None:
    """Print what differs; a rule that this nova does not have does, too."""
    with nova_policy.using({}) as known:
        missing = sorted({pair.nova for pair in PAIRS} - known)
        found = rule_differences.differences(
            Rules(Checks({}), ''), LAYERS, True
        )
    found += [f'nova has no policy {name}' for name in missing]
    print(json.dumps(found))


if __name__ == '__main__':
    main()
