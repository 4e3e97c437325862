"""The sample for HAProxy, in front of servers that are no guards."""

import contextlib
import json
import queue
import re
import select
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nova_update_guard.conf import options
from tests.bench import documents
from tests.cloud import bytewise, haproxy, ports, web
from tests.cloud.ports import HOST
from tests.cloud.proxies import SHIPPED
from tests.cloud.state import state
from tests.proxy.messages import head_and_body

pytestmark = pytest.mark.skipif(
    haproxy.binary() is None, reason=haproxy.INSTALL
)

SECONDS = 30


class Echo(BaseHTTPRequestHandler):
    """A server that answers with the header fields it was sent."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        body = json.dumps(self.headers.items()).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def echo():
    """Yield the port of a server that echoes."""
    with ThreadingHTTPServer((HOST, 0), Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def before(tmp_path):
    """Return a function that starts HAProxy before a port."""
    services = []

    def before(backend, **changes):
        port = ports.free()
        service = haproxy.alone(state(tmp_path), port, backend, **changes)
        services.append(service)
        service.start()
        return f'http://{HOST}:{port}', service

    yield before
    for service in services:
        service.stop()


def test_haproxy_accepts_the_sample():
    checked = subprocess.run(
        [haproxy.binary(), '-c', '-f', SHIPPED / 'haproxy.cfg'],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
    assert 'WARNING' not in checked.stderr


def test_haproxy_sets_the_forwarding_headers_itself(echo, before):
    url, service = before(echo)
    service.wait()
    said = {
        'X-Forwarded-For': '192.0.2.1',
        'X_Forwarded_For': '192.0.2.1',
        'X-Forwarded-Proto': 'gopher',
        'x-forwarded-host': 'elsewhere.example',
        'X-FORWARDED-PREFIX': '/elsewhere',
        'Forwarded': 'host=elsewhere.example',
        'X_Roles': 'admin',
        'X-Auth-Token': 'kept',
    }

    response = bytewise.send(url, 'GET', '/', {'Host': 'n', **said})

    received = [
        (name.lower(), text) for name, text in json.loads(response.body)
    ]
    assert sorted(received) == [
        # No thread of a guard waits for the next request.
        ('connection', 'close'),
        ('host', 'n'),
        ('x-auth-token', 'kept'),
        ('x-forwarded-for', HOST),
        ('x-forwarded-proto', 'http'),
    ]


def test_without_a_guard_haproxy_sends_503_in_the_fault_shape_of_nova(before):
    with socket.socket() as no_one_else:
        # Bound and not listening: whoever connects is refused.
        no_one_else.bind((HOST, 0))
        url, service = before(no_one_else.getsockname()[1])
        # Its own 503 is no answer that service.wait() takes.
        deadline = time.monotonic() + 30
        while not responses(url) and time.monotonic() < deadline:
            service.check()
            time.sleep(0.05)

        response = web.send('GET', url)

    assert response.status == 503
    assert response.json['serviceUnavailable']['code'] == 503
    assert 'not carried out' in response.json['serviceUnavailable']['message']


class Slow(Echo):
    """A server that responds on demand, and records its clients."""

    def do_GET(self):
        if self.path != '/healthcheck':
            self.server.received.release()
            self.server.reported.wait(SECONDS)
        super().do_GET()


class Roomy(ThreadingHTTPServer):
    """Takes more connections at a moment than Python's does by itself."""

    request_queue_size = 128
    # A test that fails does not wait for a client that reads nothing.
    block_on_close = False
    daemon_threads = True


@pytest.fixture
def slow():
    """Yield such a server."""
    with Roomy((HOST, 0), Slow) as server:
        server.received, server.reported = (
            threading.Semaphore(0),
            threading.Event(),
        )
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.reported.set()
        server.shutdown()


def test_a_request_that_would_queue_for_long_is_refused_at_once(slow, before):
    url, service = before(slow.server_port)
    service.url += 'healthcheck'
    service.wait()
    # The sample is for two guards, each of which serves 32; half as many may
    # wait. Its threads do not count together to the last one.
    served, more = 64, 31 + 40
    responded = queue.Queue()
    threads = [
        threading.Thread(
            target=lambda: responded.put(web.send('GET', f'{url}/a'))
        )
        for _ in range(served + more)
    ]
    for thread in threads:
        thread.start()
    for _ in range(served):
        assert slow.received.acquire(timeout=SECONDS)
    # Before anybody is answered.
    refused = [responded.get(timeout=SECONDS) for _ in range(30)]
    slow.reported.set()
    rest = [responded.get(timeout=SECONDS) for _ in range(served + more - 30)]

    assert {response.status for response in refused} == {503}
    assert [response.status for response in rest].count(200) >= served + 31
    assert refused[0].headers['Retry-After'] == '1'
    assert refused[0].json['serviceUnavailable']['code'] == 503
    assert (
        'not carried out' in refused[0].json['serviceUnavailable']['message']
    )


LIMIT = 114688
TOO_LARGE = {
    'by its length': b'Content-Length: %d\r\n\r\n' % (LIMIT + 1),
    'by a length that is all': b'Content-Length: 99999999\r\n\r\n',
    'in one chunk': b'Transfer-Encoding: chunked\r\n\r\n%x\r\n' % (LIMIT + 1)
    + b'x' * (LIMIT + 1)
    + b'\r\n0\r\n\r\n',
    'in many chunks': b'Transfer-Encoding: chunked\r\n\r\n'
    + b'1\r\nx\r\n' * (LIMIT + 1)
    + b'0\r\n\r\n',
    'in chunks without an end': b'Transfer-Encoding: chunked\r\n\r\n'
    + b'100\r\n%s\r\n' % (b'x' * 256) * (LIMIT // 256 + 1),
}
FITS = {
    'by its length': b'Content-Length: %d\r\n\r\n' % LIMIT + b'x' * LIMIT,
    'in many chunks': b'Transfer-Encoding: chunked\r\n\r\n'
    + b'1\r\nx\r\n' * LIMIT
    + b'0\r\n\r\n',
}
PUT = b'PUT /v2.1/servers/s1 HTTP/1.1\r\nHost: h\r\n'


class Deaf(Echo):
    """A server that records its requests."""

    def do_PUT(self):
        length = self.headers['Content-Length']
        self.server.bodies.append(
            self.rfile.read(int(length)) if length else self._chunks()
        )
        self.do_GET()

    def _chunks(self):
        found = b''
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found


@pytest.fixture
def deaf():
    """Yield such a server."""
    with Roomy((HOST, 0), Deaf) as server:
        server.bodies = []
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def put(url, data):
    """Return status and body of the answer to PUT with the *data* behind."""
    host, _, port = url.removeprefix('http://').partition(':')
    with socket.create_connection((host, int(port)), SECONDS) as sock:
        with contextlib.suppress(OSError):
            sock.sendall(PUT + data)
        return response_of(sock)


def response_of(sock):
    with sock.makefile('rb') as file:
        first, _, body = head_and_body(file)
    return int(first.split()[1]), json.loads(body)


@pytest.mark.parametrize('data', TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_body_over_the_limit_gets_413_in_the_fault_shape_of_nova(
    deaf, before, data
):
    url, service = before(deaf.server_port)
    service.wait()

    status, document = put(url, data)

    assert (status, document['overLimit']['code']) == (413, 413)
    assert deaf.bodies == []


@pytest.mark.parametrize('data', FITS.values(), ids=FITS)
def test_all_that_nova_takes_reaches_a_guard(deaf, before, data):
    url, service = before(deaf.server_port)
    service.wait()

    status, _ = put(url, data)

    assert status == 200
    assert [*map(len, deaf.bodies)] == [LIMIT]


@pytest.mark.parametrize('is_chunked', [False, True])
def test_a_slow_body_gets_408_and_reaches_no_guard(deaf, before, is_chunked):
    url, service = before(
        deaf.server_port,
        changes={'wait-for-body time 30s': 'wait-for-body time 2s'},
    )
    service.wait()
    head, piece = b'Content-Length: %d\r\n\r\n' % LIMIT, b' '
    if is_chunked:
        head, piece = b'Transfer-Encoding: chunked\r\n\r\n', b'1\r\n \r\n'
    host, _, port = url.removeprefix('http://').partition(':')
    with socket.create_connection((host, int(port)), SECONDS) as sock:
        # More than the buffer that HAProxy has by itself.
        sock.sendall(PUT + head + piece * 20_000)
        while not select.select([sock], [], [], 0.2)[0]:
            sock.sendall(piece)
        status, document = response_of(sock)

    assert (status, document['computeFault']['code']) == (408, 408)
    assert deaf.bodies == []


@pytest.mark.parametrize(
    ('line', 'field'), [(10, 60_000), (60_000, 10), (30_000, 30_000)]
)
def test_headers_that_no_guard_has_room_for_get_431(deaf, before, line, field):
    url, service = before(deaf.server_port)
    service.wait()

    response = bytewise.send(
        url, 'GET', '/' + 'x' * line, {'Host': 'h', 'X-Field': 'y' * field}
    )

    assert response.status == 431
    assert json.loads(response.body)['computeFault']['code'] == 431


def test_list_that_is_read_slowly_holds_no_guard(before):
    """A guard has sent a whole page before the client has read of it."""
    body = documents.body(1000)
    sent = threading.Semaphore(0)

    class Lists(Echo):
        def do_GET(self):
            self.send_response(200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if self.path != '/healthcheck':
                sent.release()

    with Roomy((HOST, 0), Lists) as server:
        threading.Thread(target=server.serve_forever).start()
        url, service = before(server.server_port)
        service.wait()
        host, _, port = url.removeprefix('http://').partition(':')
        with contextlib.ExitStack() as stack:
            stack.callback(server.shutdown)
            # More than the sample lets ask two guards at once.
            for _ in range(70):
                one = stack.enter_context(socket.socket())
                # As much room as there is to a client on another machine.
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                one.connect((host, int(port)))
                one.sendall(b'GET /a HTTP/1.1\r\nHost: h\r\n\r\n')
                assert sent.acquire(timeout=SECONDS)


def test_times_of_the_sample_fit_those_of_the_guard():
    text = (SHIPPED / 'haproxy.cfg').read_text()
    times = {
        name: int(seconds)
        for name, seconds in re.findall(
            r'^ *(?:timeout|http-request) ([\w -]+?) (\d+)s\b', text, re.M
        )
    }
    known = (*options.OPTIONS, *options.PROXY_OPTIONS)
    default = {option.name: option.default for option in known}

    assert (
        times['server'] > default['connect_timeout'] + default['read_timeout']
    )
    assert times['wait-for-body time'] == default['body_timeout']
    assert f'req.body_size gt {default["max_body_bytes"]}\n' in text


def responses(url):
    try:
        web.send('GET', url)
    except OSError:
        return False
    return True
