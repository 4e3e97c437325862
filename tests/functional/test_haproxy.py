"""The sample for HAProxy, before servers that are no guards."""

import json
import queue
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cloud import bytewise, haproxy, web
from tests.cloud.ports import FREE, HOST, claim
from tests.cloud.proxies import SHIPPED
from tests.cloud.state import state

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
    """Return what starts HAProxy before a port; it returns its URL."""
    services = []

    def before(backend):
        port = claim(FREE).nova
        service = haproxy.alone(state(tmp_path), port, backend)
        services.append(service)
        service.start()
        return f'http://{HOST}:{port}', service

    yield before
    for service in services:
        service.stop()


def test_haproxy_takes_the_sample_as_it_is():
    checked = subprocess.run(
        [haproxy.binary(), '-c', '-f', SHIPPED / 'haproxy.cfg'],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
    assert 'WARNING' not in checked.stderr


def test_it_says_itself_who_asks_and_how(echo, before):
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

    answer = bytewise.send(url, 'GET', '/', {'Host': 'n', **said})

    came = [(name.lower(), text) for name, text in json.loads(answer.body)]
    assert sorted(came) == [
        # No thread of a guard waits for the next request.
        ('connection', 'close'),
        ('host', 'n'),
        ('x-auth-token', 'kept'),
        ('x-forwarded-for', HOST),
        ('x-forwarded-proto', 'http'),
    ]


def test_without_any_guard_it_answers_503_in_novas_shape(before):
    with socket.socket() as nobody:
        # Bound and not listening: whoever connects is refused.
        nobody.bind((HOST, 0))
        url, service = before(nobody.getsockname()[1])
        # Its own 503 is no answer that service.wait() takes.
        deadline = time.monotonic() + 30
        while not answers(url) and time.monotonic() < deadline:
            service.check()
            time.sleep(0.05)

        answer = web.send('GET', url)

    assert answer.status == 503
    assert answer.json['serviceUnavailable']['code'] == 503
    assert 'not carried out' in answer.json['serviceUnavailable']['message']


class Slow(Echo):
    """A server that answers when it is told to; it tells who has come."""

    def do_GET(self):
        if self.path != '/healthcheck':
            self.server.came.release()
            self.server.told.wait(SECONDS)
        super().do_GET()


class Roomy(ThreadingHTTPServer):
    """Takes more connections at a moment than Python's does by itself."""

    request_queue_size = 128


@pytest.fixture
def slow():
    """Yield such a server."""
    with Roomy((HOST, 0), Slow) as server:
        server.came, server.told = threading.Semaphore(0), threading.Event()
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.told.set()
        server.shutdown()


def test_who_would_wait_for_long_is_told_so_at_once(slow, before):
    url, service = before(slow.server_port)
    service.url += 'healthcheck'
    service.wait()
    # The sample is for two guards, each of which serves 32; half as many may
    # wait. Its threads do not count together to the last one.
    served, more = 64, 31 + 40
    answered = queue.Queue()
    threads = [
        threading.Thread(
            target=lambda: answered.put(web.send('GET', f'{url}/a'))
        )
        for _ in range(served + more)
    ]
    for thread in threads:
        thread.start()
    for _ in range(served):
        assert slow.came.acquire(timeout=SECONDS)
    # Before anybody is answered.
    refused = [answered.get(timeout=SECONDS) for _ in range(30)]
    slow.told.set()
    rest = [answered.get(timeout=SECONDS) for _ in range(served + more - 30)]

    assert {answer.status for answer in refused} == {503}
    assert [answer.status for answer in rest].count(200) >= served + 31
    assert refused[0].headers['Retry-After'] == '1'
    assert refused[0].json['serviceUnavailable']['code'] == 503
    assert (
        'not carried out' in refused[0].json['serviceUnavailable']['message']
    )


def answers(url):
    try:
        web.send('GET', url)
    except OSError:
        return False
    return True
