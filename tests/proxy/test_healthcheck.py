"""The health check, and the load balancer that reads it."""

import time
from contextlib import ExitStack, closing, contextmanager

import pytest

from nova_update_guard.conf import proxy
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.proxy import health
from tests.cloud import haproxy, ports
from tests.cloud.state import state
from tests.proxy import serving
from tests.proxy.certificates import Authority
from tests.proxy.client import Address, request, send, update
from tests.proxy.keystone import Keystone
from tests.proxy.listening import HOST, Listener
from tests.proxy.nova import Nova
from tests.proxy.scraping import samples, total

CHECK = request('GET /healthcheck', token=None)
SECONDS = 40
needs_haproxy = pytest.mark.skipif(
    haproxy.binary() is None, reason=haproxy.INSTALL
)


class Strict(Keystone):
    """It does not take the guard's own password, until it *relents*."""

    relents = False

    def _response(self, first, headers, body):
        if first.startswith('POST') and not self.relents:
            return b'HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'
        return super()._response(first, headers, body)


class Elsewhere(Keystone):
    """Its catalog has no endpoint of the kind that the guard looks for."""

    def _identity(self):
        return super()._identity() | {'endpoints': []}


@pytest.fixture
def made(tmp_path):
    """Return a function that starts a guard of its own."""
    with ExitStack() as stack:

        def made(server, nova, keystone, name='proxy', guard=''):
            folder = tmp_path / name
            folder.mkdir()
            serving.write_config(folder, nova.url, keystone.url, guard=guard)
            conf = folder / 'nova-update-guard.conf'
            text = conf.read_text()
            conf.write_text(
                f'{text}[healthcheck]\nbackends = disable_by_file\n'
                f'disable_by_file_path = {folder}/drain\n'
            )
            return stack.enter_context(serving.running(server, folder)), folder

        yield made


@pytest.fixture
def novas():
    with closing(Nova()) as one, closing(Nova()) as other:
        yield one, other
        # Each is closed again.
        for nova in (one, other):
            reopened(nova)


def reopened(nova):
    if nova._socket.fileno() < 0:
        nova.open()


def health_of(address):
    response = send(address, CHECK)
    return response.status, response.body.decode()


def eventually(holds):
    """Wait until *holds* says so."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_guard_that_can_serve_is_200_without_a_request_to_nova(
    address, nova
):
    assert health_of(address)[0] == 200
    assert send(
        address, request('HEAD /healthcheck'), is_head=True
    ).status in (
        200,
        204,
    )
    assert nova.requests() == []


@pytest.mark.parametrize('server', serving.SERVERS)
def test_a_guard_is_503_while_its_nova_refuses_connections(
    made, novas, keystone, server
):
    nova = novas[0]
    address, folder = made(server, nova, keystone)

    nova.close()
    reported = [health_of(address) for _ in range(5)]
    head = send(
        address, request('HEAD /healthcheck', token=None), is_head=True
    )
    # A client gets what it got before.
    served = send(address, request('GET /v2.1/flavors')).status
    nova.open()

    assert (
        reported == [(503, 'nova accepts no connection from this guard')] * 5
    )
    assert (head.status, head.body, served) == (503, b'', 502)
    assert health_of(address)[0] == 200
    log = (folder / 'guard.log').read_text()
    # Once for each process that has been asked, and not for each check.
    assert 1 <= log.count('This guard cannot serve') <= serving.PROCESSES
    assert 'serve again' in log


@pytest.mark.parametrize('server', serving.SERVERS)
def test_a_guard_is_503_after_keystone_has_refused_its_account(
    made, nova, server
):
    with closing(Strict()) as keystone:
        address, _ = made(server, nova, keystone)
        before = health_of(address)
        # Until each process has found it out.
        eventually(
            lambda: (
                send(address, update()).status == 503
                and {health_of(address) for _ in range(8)}
                == {(503, 'keystone refuses the credentials of this guard')}
            )
        )

    assert before[0] == 200


AUDIT = '\n'.join(f'{layer} = audit' for layer in LAYERS)
PASSED_ON = (
    200,
    'OK, since no layer is enforced: '
    'keystone refuses the credentials of this guard',
)


@pytest.mark.parametrize('server', serving.SERVERS)
def test_in_audit_an_account_that_keystone_refuses_takes_no_guard_out(
    made, nova, server
):
    """All guards would be out, and clients get 503 that audit lets pass."""
    with closing(Strict()) as keystone:
        address, folder = made(server, nova, keystone, guard=AUDIT)
        eventually(
            lambda: (
                send(address, update()).status == 200
                and {health_of(address) for _ in range(8)} == {PASSED_ON}
            )
        )
        head = send(address, request('HEAD /healthcheck'), is_head=True)
        checks, failed, keystones = (
            total(samples(address), name, **labels)
            for name, labels in (
                ('health_checks_total', {}),
                ('health_checks_total', {'outcome': 'failed'}),
                ('errors_total', {'cause': 'keystone'}),
            )
        )
        (folder / 'drain').touch()
        drained = health_of(address)

    assert (head.status, head.body) == (200, b'')
    assert checks > failed == 0
    # An alert fires on these.
    assert keystones > 0
    log = (folder / 'guard.log').read_text()
    assert 1 <= log.count('This guard passes requests on without') <= 2
    assert drained == (503, 'DISABLED BY FILE')


def test_one_layer_that_is_enforced_is_enough_to_take_a_guard_out(made, nova):
    with closing(Strict()) as keystone:
        address, _ = made(
            'gunicorn', nova, keystone, guard=AUDIT.replace('audit', 'off', 1)
        )
        eventually(
            lambda: (
                send(address, update()).status == 200
                and health_of(address) == PASSED_ON
            )
        )
        address, _ = made(
            'gunicorn',
            nova,
            keystone,
            'enforcing',
            AUDIT.replace('audit', 'enforce', 1),
        )
        eventually(
            lambda: (
                send(address, update()).status == 503
                and health_of(address)
                == (503, 'keystone refuses the credentials of this guard')
            )
        )


def test_a_catalog_without_an_endpoint_has_a_text_of_its_own(made, nova):
    with closing(Elsewhere()) as keystone:
        address, folder = made('gunicorn', nova, keystone)
        eventually(
            lambda: (
                send(address, update()).status == 503
                and health_of(address)
                == (
                    503,
                    "keystone's catalog has no endpoint of keystone: see "
                    'interface and region_name in [keystone_authtoken]',
                )
            )
        )

    assert (
        'keystone cannot verify tokens: EndpointNotFound: public endpoint for '
        'identity service not found: see interface and region_name in '
        '[keystone_authtoken]'
    ) in (folder / 'guard.log').read_text()


@pytest.mark.parametrize('server', serving.SERVERS)
def test_a_keystone_that_is_down_takes_no_guard_out(made, nova, server):
    """It would take out all guards, and requests without keystone."""
    with closing(Keystone()) as keystone:
        address, _ = made(server, nova, keystone)
    assert send(address, update()).status == 503

    assert {health_of(address)[0] for _ in range(8)} == {200}
    assert send(address, request('GET /v2.1/flavors')).status == 200


def test_a_token_that_keystone_does_not_know_takes_no_guard_out(address):
    for token in ('of nobody', 'of nobody else', '\xff', 'a' * 4000):
        send(address, update(token=token))

    assert {health_of(address)[0] for _ in range(8)} == {200}


@pytest.mark.parametrize('server', serving.SERVERS)
def test_a_guard_is_503_while_there_is_the_file_that_drains_it(
    made, nova, keystone, server
):
    address, folder = made(server, nova, keystone)

    (folder / 'drain').touch()
    drained = health_of(address)
    served = send(address, update()).status
    (folder / 'drain').unlink()

    assert drained == (503, 'DISABLED BY FILE')
    assert served == 200
    assert health_of(address)[0] == 200


def test_a_nova_that_is_only_slow_takes_no_guard_out():
    """Under load all guards would be out, and nobody served."""
    with closing(Listener(lambda sock: sock.recv(1))) as silent:
        settings = _settings(silent.url)

        assert health.unreachable(settings) is None


def test_one_endpoint_that_accepts_a_connection_is_enough(novas):
    one, other = novas
    one.close()

    assert health.unreachable(_settings(one.url, other.url)) is None
    other.close()
    assert health.unreachable(_settings(one.url, other.url))


def test_a_nova_of_another_authority_is_one_that_refuses(tmp_path):
    """As for a request: a check must not be content with less."""
    own, other = Authority(tmp_path, 'own'), Authority(tmp_path, 'other')
    with closing(Nova(wrap=own.wrap('nova'))) as nova:
        url = f'https://{HOST}:{nova.port}'

        assert health.unreachable(_settings(url, cafile=str(other.file)))
        assert not health.unreachable(_settings(url, cafile=str(own.file)))
        assert nova.requests() == []


def _settings(*urls, **options):
    return proxy.load({'nova_endpoints': ','.join(urls), **options})


def test_no_client_can_pass_for_the_health_check():
    """Nothing that a client sends is in the environ without HTTP_."""
    app = health.with_last_check(lambda: 'x', lambda environ, start: [b'app'])

    assert app({'HTTP_NOVA_UPDATE_GUARD_PROBLEMS': '[]'}, None) == [b'app']


@needs_haproxy
@pytest.mark.parametrize(
    ('why', 'server'),
    [('nova', 'uwsgi'), ('account', 'gunicorn'), ('drain', 'uwsgi')],
)
def test_haproxy_takes_a_guard_out_that_cannot_serve_and_the_other_serves(
    made, novas, keystone, tmp_path, server, why
):
    with closing(Strict()) as strict:
        requested = strict if why == 'account' else keystone
        good, _ = made('gunicorn', novas[0], keystone, 'good')
        bad, folder = made(server, novas[1], requested, 'bad')
        with balanced(tmp_path, good, bad) as front:
            if why == 'nova':
                novas[1].close()
            elif why == 'drain':
                (folder / 'drain').touch()
                eventually(lambda: health_of(bad)[0] == 503)

            # A guard that is in takes every second request.
            eventually(lambda: served_by(front, novas[0]) == 20)

            if why == 'nova':
                novas[1].open()
            elif why == 'drain':
                (folder / 'drain').unlink()
            if why != 'account':
                eventually(lambda: served_by(front, novas[1]) > 0)


def served_by(front, nova):
    """Return how many of 20 requests that are all well *nova* served."""
    before = len(nova.requests())
    if any(send(front, update()).status != 200 for _ in range(20)):
        return 0
    return len(nova.requests()) - before


@contextmanager
def balanced(folder, *guards):
    """Yield the address of HAProxy before the guards."""
    port = ports.free()
    behind = tuple(guard.port for guard in guards)
    service = haproxy.over(state(folder), port, behind)
    service.start()
    try:
        service.wait()
        yield Address(HOST, port, False)
    finally:
        service.stop()
