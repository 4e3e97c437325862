"""Guards that share a real memcached, also a hostile one."""

import base64
import json
import pickle
import re
import time
import zlib
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from keystonemiddleware.auth_token import _memcache_crypt

from tests.cloud import haproxy, ports
from tests.cloud.state import state
from tests.proxy import certificates, memcached, serving
from tests.proxy.certificates import Authority
from tests.proxy.client import Address, request, send, update
from tests.proxy.keystone import ADMIN, MEMBER, Keystone
from tests.proxy.listening import HOST
from tests.proxy.nova import SECRET, Nova

pytestmark = pytest.mark.skipif(
    memcached.binary() is None, reason=memcached.INSTALL
)
needs_haproxy = pytest.mark.skipif(
    haproxy.binary() is None, reason=haproxy.INSTALL
)
MAC = 'memcache_security_strategy = MAC\nmemcache_secret_key = of-the-guards\n'
ENCRYPT = MAC.replace('MAC', 'ENCRYPT')
LEFT_ALONE = re.compile('memcached took .* seconds to respond: not used for')
# The length of keystonemiddleware's signature of an entry.
SIGNATURE = _memcache_crypt.DIGEST_LENGTH_B64


class Counting(Keystone):
    """It counts how often it is asked about the member's token."""

    requested = 0

    def _response(self, first, headers, body):
        if headers.get('x-subject-token') == MEMBER:
            self.requested += 1
        return super()._response(first, headers, body)


@pytest.fixture
def keystone():
    with closing(Counting()) as keystone:
        yield keystone


@pytest.fixture
def cache(tmp_path):
    with memcached.running(tmp_path) as cache:
        yield cache


@pytest.fixture
def made(tmp_path, keystone):
    """Return a function that starts a guard without a token cache."""
    with ExitStack() as stack:

        def made(nova, cache, more='', server='gunicorn', name='proxy'):
            folder = tmp_path / name
            folder.mkdir()
            serving.write_config(folder, nova.url, keystone.url)
            conf = folder / 'nova-update-guard.conf'
            text = conf.read_text()
            conf.write_text(
                text.replace('[proxy]\n', '[proxy]\ntoken_cache_time = 0\n')
                + f'memcached_servers = {cache.server}\n{more}\n'
                'memcache_pool_socket_timeout = 1\n'
            )
            return stack.enter_context(serving.running(server, folder)), folder

        yield made


@needs_haproxy
@pytest.mark.parametrize(
    'more', ['', MAC, ENCRYPT], ids=['', 'MAC', 'ENCRYPT']
)
def test_a_token_that_one_guard_has_verified_is_known_to_all(
    made, cache, keystone, tmp_path, more
):
    with closing(Nova()) as one, closing(Nova()) as other:
        guards = [
            made(one, cache, more, 'gunicorn', 'first')[0],
            made(other, cache, more, 'uwsgi', 'second')[0],
        ]
        with balanced(tmp_path, guards) as front:
            statuses = {send(front, update()).status for _ in range(12)}
        served = [len(nova.requests()) for nova in (one, other)]

    assert statuses == {200}
    # HAProxy takes turns, and each guard has several processes.
    assert min(served) >= 4
    assert keystone.requested == 1
    (key,) = cache.stored()
    assert (key == memcached.key(MEMBER)) == (not more)


def test_a_memcached_that_is_down_costs_a_question_to_keystone(
    made, nova, keystone, tmp_path
):
    with memcached.running(tmp_path) as gone:
        pass
    address, folder = made(nova, gone)

    assert {send(address, update()).status for _ in range(4)} == {200}

    assert keystone.requested == 4
    log = (folder / 'guard.log').read_text()
    # Once for each process that has found it out.
    assert 1 <= log.count('does not respond') <= serving.PROCESSES


def test_a_memcached_that_dies_or_hangs_stops_no_request(
    made, nova, keystone, cache
):
    address, _ = made(nova, cache, 'memcache_pool_dead_retry = 1')
    assert send(address, update()).status == 200

    with cache.hanging():
        hanging = {send(address, update()).status for _ in range(4)}

    assert hanging == {200}
    assert keystone.requested > 1


@pytest.mark.parametrize('pool', ['true', 'false'])
def test_a_memcached_that_hangs_is_left_alone_with_sasl_too(
    made, nova, keystone, cache, pool
):
    """Its client has timeouts of its own, and knows no dead servers."""
    more = (
        'memcache_sasl_enabled = true\nmemcache_username = u\n'
        f'memcache_password = p\nmemcache_use_advanced_pool = {pool}'
    )
    with cache.hanging():
        address, folder = made(nova, cache, more)
        said = []
        for _ in range(200):
            assert send(address, update()).status == 200
            said = LEFT_ALONE.findall((folder / 'guard.log').read_text())
            if len(said) == serving.PROCESSES:
                break
        began = time.monotonic()
        for _ in range(10):
            assert send(address, update()).status == 200

    # Without that, each takes 6 seconds or more.
    assert time.monotonic() - began < 20
    assert len(said) == serving.PROCESSES


class Touching:
    """Unpickled, it makes a file: it could do anything."""

    def __init__(self, file):
        self._file = file

    def __reduce__(self):
        return Path.touch, (self._file,)


def poisons(folder, keystone):
    """Return bytes and flags, as the clients of memcached take them."""
    token = json.dumps({'token': keystone._token(MEMBER)}).encode()
    touching = pickle.dumps(Touching(folder / 'run'), 2)
    return {
        'an object': (touching, 1),
        'no JSON': (b'{"token": ', 0),
        'no UTF-8': (b'\xff\xfe', 0),
        'JSON too deep': (b'[' * 100_000, 0),
        'no number': (b'x', 2),
        'unknown flags': (b'x', 1024),
        'nothing compressed': (b'x', 8),
        'too much compressed': (zlib.compress(token.ljust(16 << 20)), 8),
    }


def test_hostile_data_in_memcached_runs_nothing_and_stops_no_request(
    made, nova, keystone, cache, tmp_path
):
    address, folder = made(nova, cache)
    for name, (value, flags) in poisons(tmp_path, keystone).items():
        before = keystone.requested
        cache.write(memcached.key(MEMBER), value, flags)

        assert send(address, update()).status == 200, name
        assert keystone.requested == before + 1, name
        assert not (tmp_path / 'run').exists()

    log = (folder / 'guard.log').read_text()
    assert 'The token cache cannot be used' in log
    assert 'Traceback' not in log


@pytest.mark.skipif(
    certificates.openssl() is None, reason=certificates.INSTALL
)
def test_memcached_over_tls_caches_identities(made, nova, keystone, tmp_path):
    """Another client of memcached is used there."""
    authority = Authority(tmp_path, 'authority')
    pem = authority.vouch('memcached')
    more = (
        f'memcache_tls_enabled = true\nmemcache_tls_cafile = {authority.file}'
    )
    options = ['-Z', '-o', f'ssl_chain_cert={pem},ssl_key={pem}']
    with memcached.running(tmp_path, *options) as cache:
        address, _ = made(nova, cache, more)

        assert {send(address, update()).status for _ in range(4)} == {200}
        assert keystone.requested == 1


@pytest.mark.parametrize('more', [MAC, ENCRYPT], ids=['MAC', 'ENCRYPT'])
def test_with_a_key_only_the_proxy_can_write_identities(
    made, nova, keystone, cache, more
):
    """Without one, a client of memcached can make administrators."""
    address, _ = made(nova, cache, more)
    visible = send(address, request())
    assert SECRET not in visible.body.decode()
    (key,) = cache.stored()
    forged = json.dumps({'token': keystone._token(ADMIN)}).encode()

    for where in (key, memcached.key(MEMBER)):
        cache.write(where, forged)
        again = send(address, request())

        assert again.status == 200
        assert SECRET not in again.body.decode()
    assert keystone.requested == 2


@pytest.mark.parametrize('strategy', ['ENCRYPT', 'encrypt', 'Encrypt'])
def test_encrypted_entries_contain_no_name(made, nova, cache, strategy):
    address, _ = made(nova, cache, ENCRYPT.replace('ENCRYPT', strategy))
    assert send(address, update()).status == 200
    (key,) = cache.stored()

    # A signature, and what may be encrypted, in base64.
    data = base64.b64decode(cache.read(key)[SIGNATURE:])
    assert data
    assert not re.search(rb'user|roles|member', data)


@contextmanager
def balanced(folder, guards):
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
