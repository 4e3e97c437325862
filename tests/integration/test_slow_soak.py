"""A short soak; ``python -m tests.soak.slow`` goes on for as long as told.

Without its look at times: those are for a machine that does nothing else.
"""

import pytest

from tests.cloud import haproxy
from tests.soak import slow

pytestmark = pytest.mark.skipif(
    haproxy.binary() is None, reason=haproxy.INSTALL
)

SECONDS = 8


def test_slow_clients_have_no_ordinary_request_refused(tmp_path):
    found = slow.soak(tmp_path, SECONDS)

    assert [*slow.problems(found)] == []
    assert found.without.seconds
    assert found.beside.seconds
    # All of them were there, and slow.
    assert found.slow['reader: 200'] >= slow.SLOW
    assert found.slow['sender: still there'] >= slow.SLOW // 2
