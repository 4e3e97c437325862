"""The guard with the oldest nova that this Python has, beside the newest.

All other releases, and Pythons: ``tox -e releases``.
"""

import sys

from tests.releases.__main__ import main
from tests.releases.table import RELEASES

PYTHON = f'{sys.version_info.major}.{sys.version_info.minor}'
OLDEST = next(each for each in RELEASES if PYTHON in each.pythons)
EXAMPLES = 100


def test_the_guard_agrees_with_the_oldest_nova_of_this_python(capfd):
    options = ['--release', OLDEST.name, '--python', PYTHON]

    status = main([*options, '--examples', str(EXAMPLES), '--again'])

    assert status == 0, capfd.readouterr().out
