"""Several endpoints of nova, and TLS to them."""

import os
import resource
import socket
import ssl
import threading
import time
from contextlib import ExitStack, closing, contextmanager

import pytest

from nova_update_guard.conf.proxy import load
from nova_update_guard.proxy import health
from tests.proxy import faults
from tests.proxy.certificates import Authority
from tests.proxy.inside import Inside
from tests.proxy.listening import HOST
from tests.proxy.nova import DOCUMENT, Nova, obliging, response

BODY = b'{"server": {}}'
# When something of the request has been sent.
BREAKS_OFF_LATER = {
    name: script
    for name, script in faults.BREAKS_OFF.items()
    if 'at once' not in name
}


@pytest.fixture
def novas():
    with closing(Nova()) as one, closing(Nova()) as other:
        yield one, other


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, 'authority')


BROKEN = {**faults.BREAKS_OFF, **faults.IS_NO_HTTP}


def over_tls(authority, client_authority=None):
    """Return a stand-in for nova that speaks TLS."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.vouch('nova'))
    if client_authority:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(client_authority.file)
    return Nova(wrap=lambda sock: tls.wrap_socket(sock, server_side=True))


def at(nova, **options):
    return Inside(
        nova_endpoints=f'https://{HOST}:{nova.port}',
        connect_timeout='2',
        read_timeout='2',
        **options,
    )


@pytest.mark.parametrize('method', ['GET', 'PUT', 'POST'])
def test_the_second_endpoint_is_tried_where_the_first_refuses(novas, method):
    first, second = novas
    first.close()
    proxy = Inside(nova_endpoints=f'{first.url},{second.url}')

    for _ in range(3):
        assert proxy.send(method, body=BODY)[0] == 200

    assert [seen.body for seen in second.requests()] == [BODY] * 3
    first.open()


def test_the_first_endpoint_is_not_tried_while_the_second_responds(novas):
    first, second = novas
    first.close()
    proxy = Inside(nova_endpoints=f'{first.url},{second.url}')
    proxy.send()
    first.open()

    proxy.send()

    assert len(second.requests()) == 2
    assert first.connections == []


def test_the_first_endpoint_is_tried_when_the_second_refuses_later(novas):
    first, second = novas
    first.close()
    proxy = Inside(nova_endpoints=f'{first.url},{second.url}')
    proxy.send()
    first.open()
    second.close()
    second.script(obliging)

    assert proxy.send()[0] == 200
    assert len(first.requests()) == 1
    second.open()


@pytest.mark.parametrize('method', ['GET', 'PUT', 'POST'])
@pytest.mark.parametrize('script', BREAKS_OFF_LATER.values())
def test_no_second_endpoint_is_tried_after_a_broken_response(
    novas, method, script
):
    """It may have carried out the request."""
    first, second = novas
    first.script(script)
    proxy = Inside(nova_endpoints=f'{first.url},{second.url}')

    assert proxy.send(method, body=BODY)[0] == 502
    assert second.connections == []


def test_all_refuse_is_502(novas):
    urls = ','.join(nova.url for nova in novas)
    for nova in novas:
        nova.close()

    assert Inside(nova_endpoints=urls).send()[0] == 502
    for nova in novas:
        nova.open()


def test_a_silent_endpoint_is_given_up_for_the_next(novas):
    with _full() as full:
        proxy = Inside(
            nova_endpoints=f'http://{HOST}:{full},{novas[0].url}',
            connect_timeout='0.3',
            read_timeout='5',
        )
        before = time.monotonic()
        assert proxy.send('POST', body=BODY)[0] == 200
        taken = time.monotonic() - before

    assert 0.2 < taken < 4


def test_a_silent_endpoint_is_504_if_it_is_the_only_one():
    with _full() as full:
        proxy = Inside(
            nova_endpoints=f'http://{HOST}:{full}', connect_timeout='0.3'
        )

        assert proxy.send()[0] == 504


@contextmanager
def _full():
    """Yield a port that takes no more connections, and refuses none."""
    with ExitStack() as held:
        listening = held.enter_context(
            socket.create_server((HOST, 0), backlog=0)
        )
        port = listening.getsockname()[1]
        for _ in range(4):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((HOST, port))
        yield port


def test_worker_with_many_files_waits_without_work(novas):
    """select() knows none above 1023."""
    most, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limit), limit))
    novas[0].script(_thinks)
    with ExitStack() as held:
        for _ in range(1100):
            held.enter_context(os.fdopen(os.dup(0), closefd=True))
        before = time.process_time()
        assert Inside(nova_endpoints=novas[0].url).send()[0] == 200
        worked = time.process_time() - before
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, limit))

    assert worked < 0.25


def _thinks(connection):
    connection.request()
    time.sleep(1)
    connection.send(response())


def test_the_path_of_an_endpoint_precedes_that_of_the_request(novas):
    Inside(nova_endpoints=f'{novas[0].url}/compute/').send(path='/v2.1/a b')

    (seen,) = novas[0].requests()
    assert seen.target == '/compute/v2.1/a%20b'


def test_nova_is_known_by_the_authority_of_cafile(authority):
    with closing(over_tls(authority)) as nova:
        proxy = at(nova, cafile=str(authority.file))

        assert proxy.send() == (200, DOCUMENT)
        assert proxy.send('PUT', body=BODY) == (200, DOCUMENT)
        assert [seen.body for seen in nova.requests()] == [b'', BODY]


def test_nova_of_another_authority_gets_no_request(authority, tmp_path):
    other = Authority(tmp_path, 'other')
    with closing(over_tls(authority)) as nova:
        assert (
            at(nova, cafile=str(other.file)).send('PUT', body=BODY)[0] == 502
        )
        assert at(nova).send('PUT', body=BODY)[0] == 502

        assert {seen.received for seen in nova.connections} <= {b''}


def test_nova_of_another_name_gets_no_request(authority):
    with closing(over_tls(authority)) as nova:
        proxy = Inside(
            nova_endpoints=f'https://localhost:{nova.port}',
            cafile=str(authority.file),
        )

        assert proxy.send('PUT', body=BODY)[0] == 502
        assert nova.requests() == []


def test_nova_knows_the_guard_by_its_certificate(authority, tmp_path):
    with closing(over_tls(authority, authority)) as nova:
        known = authority.vouch('guard')
        other = Authority(tmp_path, 'other').vouch('stranger')
        cafile = str(authority.file)

        assert at(nova, cafile=cafile, certfile=str(known)).send()[0] == 200
        assert at(nova, cafile=cafile, certfile=str(other)).send()[0] == 502
        assert at(nova, cafile=cafile).send()[0] == 502
        assert len(nova.requests()) == 1


@pytest.mark.parametrize('script', BROKEN.values(), ids=[*BROKEN])
def test_a_broken_response_over_tls_becomes_502(authority, script):
    """Also where TLS itself is not ended properly."""
    with closing(over_tls(authority)) as nova:
        proxy = at(nova, cafile=str(authority.file))
        nova.script(script)

        assert proxy.send()[0] == 502
        nova.respond_with()
        assert proxy.send()[0] == 200


@pytest.mark.parametrize(
    'script', faults.IS_SLOW.values(), ids=[*faults.IS_SLOW]
)
def test_a_slow_response_over_tls_becomes_504(authority, script):
    with closing(over_tls(authority)) as nova:
        proxy = at(nova, cafile=str(authority.file))
        proxy.send()
        nova.script(script)

        before = time.monotonic()
        assert proxy.send()[0] == 504
        assert time.monotonic() - before < 10


@pytest.mark.parametrize('is_tls', [False, True])
def test_a_nova_that_reads_nothing_is_504(authority, is_tls):
    """Also with a body that the guard has in memory."""
    until = threading.Event()
    with closing(over_tls(authority) if is_tls else Nova()) as nova:
        scheme = 'https' if is_tls else 'http'
        proxy = Inside(
            nova_endpoints=f'{scheme}://{HOST}:{nova.port}',
            cafile=str(authority.file),
            read_timeout='1',
        )
        nova.script(lambda connection: until.wait(10))

        before = time.monotonic()
        assert proxy.send('PUT', body=b'x' * 20_000_000)[0] == 504
        taken = time.monotonic() - before
        until.set()

    assert taken < 6


@pytest.mark.parametrize('seconds', ['0.1', '1'])
def test_a_slow_reader_of_a_body_is_504_in_time(novas, seconds):
    def reads_slowly(connection):
        while connection.read():
            time.sleep(0.02)

    novas[0].script(reads_slowly)
    proxy = Inside(nova_endpoints=novas[0].url, read_timeout=seconds)

    before = time.monotonic()
    assert proxy.send('PUT', body=b'x' * 60_000_000)[0] == 504
    assert time.monotonic() - before < 6


@pytest.mark.parametrize('method', ['GET', 'PUT'])
def test_a_request_that_nova_worked_on_is_not_sent_again(novas, method):
    """Else an update might be carried out twice, after twice the time."""
    worked = []

    def works_and_hangs_up(connection):
        while connection.request():
            if worked:
                time.sleep(1.2)
                return
            worked.append(True)
            connection.send(response())

    novas[0].script(works_and_hangs_up)
    proxy = Inside(nova_endpoints=novas[0].url, read_timeout='5')
    assert proxy.send(method, body=BODY)[0] == 200

    assert proxy.send(method, body=BODY)[0] == 502
    assert len(novas[0].requests()) == 2


@pytest.mark.parametrize(
    'host', ['nova..example', f'{"a" * 64}.example', 'nova.invalid']
)
def test_a_name_that_leads_nowhere_is_passed_over(novas, host):
    bad = f'http://{host}:8774'
    proxy = Inside(nova_endpoints=f'{bad},{novas[0].url}')

    assert [proxy.send()[0] for _ in range(2)] == [200, 200]
    assert Inside(nova_endpoints=bad).send()[0] == 502
    settings = load({'nova_endpoints': bad})
    assert health.unreachable(settings) is not None


def test_all_addresses_of_a_name_are_tried_within_connect_timeout(
    novas, monkeypatch
):
    with _full() as full:
        found = socket.getaddrinfo(HOST, full, type=socket.SOCK_STREAM) * 4
        monkeypatch.setattr(socket, 'getaddrinfo', lambda *_, **__: found)
        proxy = Inside(
            nova_endpoints=f'http://nova.example:{full}', connect_timeout='1'
        )

        before = time.monotonic()
        assert proxy.send()[0] == 504
        assert 0.5 < time.monotonic() - before < 3


def test_the_next_address_of_a_name_is_used(novas, monkeypatch):
    novas[0].close()
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 0, '', (HOST, nova.port))
        for nova in novas
    ]
    monkeypatch.setattr(socket, 'getaddrinfo', lambda *_, **__: found)

    assert Inside(nova_endpoints='http://nova.example').send()[0] == 200
    novas[0].open()


def test_a_plain_response_to_tls_becomes_502(novas, authority):
    proxy = Inside(
        nova_endpoints=f'https://{HOST}:{novas[0].port}',
        cafile=str(authority.file),
        connect_timeout='1',
        read_timeout='2',
    )
    novas[0].script(lambda connection: connection.send(b'HTTP/1.1 200\r\n'))

    assert proxy.send()[0] == 502


def test_the_log_names_an_unreachable_endpoint_and_the_reason(
    authority, tmp_path, caplog
):
    other = Authority(tmp_path, 'other')
    with closing(over_tls(authority)) as nova:
        at(nova, cafile=str(other.file)).send('PUT', body=BODY)

        assert f':{nova.port}: ' in caplog.text
        assert 'certificate' in caplog.text
