"""Remote checks: TLS is verified, and a list has one timeout."""

import json
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, connection

from nova_update_guard.conf import guard
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import callers, loader
from tests.proxy.certificates import Authority

NAME = 'update_guard:server:show:name'
HOST = '127.0.0.1'
# As an error it would deny what an unverified service allows.
pytestmark = pytest.mark.filterwarnings('ignore:Unverified HTTPS request')


class Service(BaseHTTPRequestHandler):
    """Says True, after its server's *seconds*, and keeps what it was asked."""

    def do_POST(self):
        length = int(self.headers['Content-Length'])
        content_type = self.headers['Content-Type']
        self.server.asked.append((content_type, self.rfile.read(length)))
        self.server.released.wait(self.server.seconds)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'True')

    def log_message(self, *_):
        pass


@contextmanager
def service(tls=None, seconds=0.0):
    server = ThreadingHTTPServer((HOST, 0), Service)
    server.daemon_threads = True
    server.asked, server.seconds = [], seconds
    server.released = threading.Event()
    # The handshake of a client that goes away is no error of the test's.
    server.handle_error = lambda *_: None
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def sockets(monkeypatch):
    """Let urllib3 open sockets: nova's fixtures put wsgi_intercept there."""
    monkeypatch.setattr(
        HTTPSConnectionPool, 'ConnectionCls', connection.HTTPSConnection
    )
    monkeypatch.setattr(
        HTTPConnectionPool, 'ConnectionCls', connection.HTTPConnection
    )


@pytest.fixture(scope='module')
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp('trusted'), 'trusted')


@pytest.fixture(scope='module')
def other(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp('other'), 'other')


def context(file, authority=None):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    if authority:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(authority.file)
    return tls


@pytest.fixture
def caller(tmp_path):
    """Return a factory of a caller under a rule and options."""

    def caller(text, options=''):
        conf = tmp_path / 'nova-update-guard.conf'
        policy = tmp_path / 'update-guard-policy.yaml'
        policy.write_text(json.dumps({NAME: text}))
        conf.write_text(
            f'[update_guard]\npolicy_file = {policy}\n'
            f'[oslo_policy]\n{options}\n'
        )
        settings = guard.load({'oslo_config_file': str(conf)}, LAYERS)
        rules = loader.load(loader.files(settings), settings)
        return rules.caller(callers.credentials(['member']))

    return caller


def url(server, scheme='https', host=HOST):
    return f'{scheme}://{host}:{server.server_address[1]}/check'


SERVER = {'name': 'a', 'tenant_id': 'p1', 'adminPass': 'secret'}


def test_a_service_of_a_trusted_authority_is_asked(caller, authority):
    ca = f'remote_ssl_ca_crt_file = {authority.file}'
    with service(context(authority.vouch('one'))) as server:
        assert caller(url(server), ca).authorize(NAME, SERVER) is True

    ((content_type, body),) = server.asked
    assert content_type == 'application/x-www-form-urlencoded'
    assert 'secret' not in body.decode()
    assert json.loads(parse_qs(body.decode())['rule'][0]) == NAME


@pytest.mark.parametrize('text', ['{}', 'not {}', 'role:x or not {}'])
@pytest.mark.parametrize(
    'options', ['', 'remote_ssl_ca_crt_file = {0}', 'remote_timeout = 5']
)
def test_a_service_of_another_authority_is_not_asked(
    text, options, caller, authority, other
):
    with service(context(other.vouch('one'))) as server:
        options = options.format(authority.file)
        rule = text.format(url(server))
        assert caller(rule, options).authorize(NAME, SERVER) is False

    assert server.asked == []


@pytest.mark.parametrize('text', ['{}', 'not {}'])
@pytest.mark.parametrize('kind', ['expired', 'named'])
def test_an_expired_certificate_and_one_of_another_name_are_refused(
    kind, text, caller, authority
):
    host = 'localhost' if kind == 'named' else HOST
    file = authority.vouch(kind, is_expired=kind == 'expired')
    ca = f'remote_ssl_ca_crt_file = {authority.file}'
    with service(context(file)) as server:
        rule = text.format(url(server, host=host))
        assert caller(rule, ca).authorize(NAME, SERVER) is False

    assert server.asked == []


def test_verification_can_be_turned_off(caller, other):
    off = 'remote_ssl_verify_server_crt = false'
    with service(context(other.vouch('off'))) as server:
        assert caller(url(server), off).authorize(NAME, SERVER) is True


def test_the_guard_presents_its_certificate_and_key(caller, authority):
    ca = f'remote_ssl_ca_crt_file = {authority.file}\n'
    own = f'remote_ssl_client_crt_file = {authority.vouch("client")}\n'
    with service(context(authority.vouch('one'), authority)) as server:
        assert caller(url(server), ca).authorize(NAME, SERVER) is False
        assert caller(url(server), ca + own).authorize(NAME, SERVER) is True


def test_the_content_type_counts(caller):
    option = 'remote_content_type = application/json'
    with service() as server:
        rule = url(server, 'http')
        assert caller(rule, option).authorize(NAME, SERVER) is True

    ((content_type, body),) = server.asked
    assert content_type == 'application/json'
    assert json.loads(body)['target']['project_id'] == 'p1'


@pytest.mark.parametrize('text', ['{0}', 'not {0}', '{0} or {0} or {0}'])
def test_a_list_of_servers_waits_for_one_timeout(text, caller):
    with service(seconds=60) as server:
        rule = text.format(url(server, 'http'))
        asking = caller(rule, 'remote_timeout = 1')
        began = time.monotonic()
        results = {
            asking.authorize(NAME, {**SERVER, 'name': str(n)})
            for n in range(1000)
        }
        elapsed = time.monotonic() - began

    assert results == {False}
    assert 1 <= elapsed < 5
    assert len(server.asked) == 1


def test_slow_checks_add_up_to_one_timeout(caller):
    with service(seconds=0.3) as server:
        asking = caller(url(server, 'http'), 'remote_timeout = 1')
        results = [asking.authorize(NAME, SERVER) for _ in range(20)]

    allowed = results.count(True)
    assert 1 <= allowed <= 3
    assert results == [True] * allowed + [False] * (20 - allowed)


def test_the_next_request_has_a_timeout_of_its_own(caller, monkeypatch):
    with service(seconds=60) as server:
        asking = caller(url(server, 'http'), 'remote_timeout = 1')
        assert asking.authorize(NAME, SERVER) is False
        server.seconds = 0
        assert asking.authorize(NAME, SERVER) is False
        asking._rules.caller(callers.credentials(['member']))
        assert asking.authorize(NAME, SERVER) is True
