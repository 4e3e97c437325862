"""A small real cloud: keystone and nova-api on this machine's loopback.

Importing this checks Python's version, before anything newer is parsed.
"""

import sys

# Old Pythons have to understand these lines, and only these.
if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(
        'This needs Python 3.11 or newer, as nova 34 does; this is Python '
        f'{sys.version_info[0]}.{sys.version_info[1]}. Start it as, for '
        'example: python3.11 -m tests.cloud.demo'
    )
