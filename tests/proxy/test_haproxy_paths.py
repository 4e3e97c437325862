"""What a guard serves for operators only, behind HAProxy."""

import pytest

from tests.cloud import haproxy, ports
from tests.cloud.ports import HOST
from tests.cloud.state import state
from tests.proxy import rules, serving
from tests.proxy.client import Address, attack, request

pytestmark = pytest.mark.skipif(
    haproxy.binary() is None, reason=haproxy.INSTALL
)

NAMES = ('metrics', 'healthcheck', '%6detrics', '%68ealthchec%6B')
# A guard that is asked directly serves these.
SPELLINGS = ('/{}', '//{}', '/%2f{}', '/%2F/{}', '/{}?a=b', '/{}?')
# What else looks like them; each server reads them in its own way.
SIMILAR = (
    *('/v2.1/../{}', '/./{}', '/%2e/{}', '/v2.1/%2e%2e/{}', '/{}/.'),
    *('/{}%00', '/{}%0a', '/{}%', '/{}%2', '/{}%zz', '/{}%C3', '/{}#a'),
    *('/{};', '/{};a=b', '/{}/', '/{}%2f', '/{}%20', '/{} ', '/{}%3F'),
    *('HTTP://x@h//{}', 'h/{}', '\\{}', '/%5c{}', '/+{}', '/{}%23', '{}'),
    *('/%252f{}', '/%zz/../{}', '*/{}', 'http://h/{}'),
)


def targets(spellings):
    return pytest.mark.parametrize(
        'target',
        [text.format(name) for text in spellings for name in NAMES],
    )


@pytest.fixture(scope='module')
def before(proxies, tmp_path_factory):
    """Return HAProxy's address before each guard."""
    folder = tmp_path_factory.mktemp('haproxy')
    started, addresses = [], {}
    for name in serving.SERVERS:
        port = ports.free()
        guard = proxies[name].address.port
        service = haproxy.alone(state(folder / name), port, guard)
        started.append(service)
        service.start()
        service.wait()
        addresses[name] = Address(HOST, port, keeps=False)
    yield addresses
    for service in started:
        service.stop()


@targets(SPELLINGS)
def test_a_guard_itself_serves_them(address, nova, target):
    """Else the next test would prove nothing."""
    assert statuses(address, target) == [200]
    assert rules.reached(nova) == []


@targets((*SPELLINGS, *SIMILAR))
def test_clients_of_haproxy_do_not_get_them(proxy, before, nova, target):
    responded = statuses(before[proxy.name], target)

    # What nova has responded to is nova's.
    assert rules.reached(nova) or not {200, 403, 503} & {*responded}


def statuses(address, target):
    responses = attack(address, request(f'GET {target}', token=None))
    return [response.status for response in responses]
