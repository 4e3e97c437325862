"""The guard with the oldest nova in use, beside the newest of all others.

It is also the oldest Python that the guard runs on: whatever is between the
two ends, ``tox -e releases`` tries.
"""

import pytest

from tests.releases import pythons
from tests.releases.__main__ import main
from tests.releases.table import RELEASES

OLDEST = RELEASES[0]
EXAMPLES = 100


@pytest.mark.skipif(
    pythons.python(OLDEST.pythons[0]) is None,
    reason=f'There is no Python {OLDEST.pythons[0]}',
)
def test_the_guard_agrees_with_the_oldest_nova_on_the_oldest_python(
    capfd,
):
    options = ['--release', OLDEST.name, '--python', OLDEST.pythons[0]]

    status = main([*options, '--examples', str(EXAMPLES), '--again'])

    assert status == 0, capfd.readouterr().out
