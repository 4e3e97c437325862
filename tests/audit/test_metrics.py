"""A decision that is an error is counted as one."""

import pytest
from prometheus_client import REGISTRY

from nova_update_guard.audit import metrics
from nova_update_guard.compute_api.faults import (
    NO_DOCUMENT,
    NO_SERVER,
    NovaFailedError,
    NovaResponse,
    Refusal,
)
from nova_update_guard.layers.modes import ENFORCE, LAYERS
from nova_update_guard.middleware import refusals
from nova_update_guard.middleware.decision import Decision, Violation

ENVIRON = {'REQUEST_METHOD': 'PUT', 'PATH_INFO': '/v2.1/servers/a'}
FORBIDDEN = Refusal(403, 'no', 'a rule')
# nova's own refusal of a lookup, and the proxy's.
SHUT = NovaResponse('403 Forbidden', [], b'{}')
LOOKUP = Refusal(403, '', 'nova refused to show the server', response=SHUT)
NOVAS = NovaFailedError(Refusal(502, 'nova', 'nova could not be reached'))


def counted():
    """Return the number of failed requests by cause."""
    return {
        cause: REGISTRY.get_sample_value(
            'nova_update_guard_errors_total', {'cause': cause}
        )
        for cause in refusals.CAUSES
    }


@pytest.mark.parametrize(
    ('refusal', 'cause'),
    [
        (refusals.of_exception(ENVIRON, KeyError('secret')), 'guard'),
        (refusals.KEYSTONE_UNAVAILABLE, 'keystone'),
        (NO_DOCUMENT, 'nova'),
        (NO_SERVER, 'nova'),
        (LOOKUP, None),
        # The proxy's last app counts it.
        (refusals.of_exception(ENVIRON, NOVAS), None),
        (FORBIDDEN, None),
    ],
)
@pytest.mark.parametrize('mode', [ENFORCE, 'audit'])
def test_an_error_is_counted_by_its_cause_in_each_mode(refusal, cause, mode):
    before = counted()
    decision = Decision('update', dict.fromkeys(LAYERS, mode))
    # In audit, each layer can meet it.
    for layer in LAYERS:
        decision.add(Violation((layer,), refusal))

    metrics.decided(None, decision)

    grown = {key: value - before[key] for key, value in counted().items()}
    assert grown == dict.fromkeys(refusals.CAUSES, 0) | (
        {cause: 1} if cause else {}
    )
