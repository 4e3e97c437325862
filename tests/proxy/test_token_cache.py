"""auth_token verifies the caller of each guarded request, once a token."""

import datetime
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystonemiddleware import auth_token

from nova_update_guard.middleware import identity
from nova_update_guard.proxy import token_cache
from nova_update_guard.proxy.token_cache import TokenCache
from tests.proxy.keystone import ADMIN, MEMBER, tokens

SERVER = '/v2.1/servers/s1'
PROJECT = {'id': 'p1', 'name': 'p1', 'domain': {'id': 'd', 'name': 'd'}}


class Protect:
    """A stand-in for auth_token: a token has the keys in *reported*."""

    def __init__(self, **reported):
        self.reported = reported
        self.requested = 0

    def __call__(self, app):
        def serve(environ, start):
            self.requested += 1
            environ |= {
                'HTTP_X_IDENTITY_STATUS': 'Confirmed',
                'HTTP_X_USER_ID': 'u1',
                'HTTP_X_PROJECT_ID': 'p1',
                'HTTP_X_ROLES': 'member',
                'keystone.token_auth': self,
                'keystone.token_info': {'token': self.reported},
                **self.told(environ),
            }
            return app(environ, start)

        return serve

    def told(self, environ):
        """Return what else the environ gets."""
        return {}


class ProtectOfMany(Protect):
    """The same for many users: each token is of another one."""

    def told(self, environ):
        user = environ['HTTP_X_AUTH_TOKEN'].partition('-')[0]
        return {
            f'HTTP_X_{kind}_{part}': f'{user:0>32}'
            for kind in ('USER', 'PROJECT', 'TENANT')
            for part in ('ID', 'NAME', 'DOMAIN_ID', 'DOMAIN_NAME')
        }


def expiring(seconds=3600):
    now = datetime.datetime.now(datetime.timezone.utc)
    moment = now + datetime.timedelta(seconds=seconds)
    return moment.strftime('%Y-%m-%dT%H:%M:%S.000000Z')


def requesting(token=MEMBER, path=SERVER, **more):
    return {
        'REQUEST_METHOD': 'GET',
        'PATH_INFO': path,
        'HTTP_X_AUTH_TOKEN': token,
    } | more


def seen(app, environ):
    """Return *environ* as the app behind *app* gets it."""
    app(environ, lambda *_: None)
    return environ


def nothing(environ, start):
    return []


def test_a_token_just_verified_is_not_verified_again():
    protect = Protect(expires_at=expiring())
    app = TokenCache(nothing, protect, 5)

    first, second = (seen(app, requesting()) for _ in range(2))

    assert protect.requested == 1
    assert {**first, identity.CACHED_IDENTITY: None} == {
        **second,
        identity.CACHED_IDENTITY: None,
    }
    # Only a cached identity has a key.
    assert identity.read(second)[:3] == identity.read(first)[:3]


def test_ten_thousand_callers_in_turn_are_each_verified_once():
    # In turn is the worst order: each is the one that was asked longest ago.
    protect = ProtectOfMany(expires_at=expiring())
    app = TokenCache(nothing, protect, 3600)
    callers = tokens(10_000)

    for token in [*callers, *callers]:
        seen(app, requesting(token))

    assert protect.requested == len(callers)


def test_another_token_is_verified():
    protect = Protect(expires_at=expiring())
    app = TokenCache(nothing, protect, 5)

    for token in (MEMBER, ADMIN, f'{MEMBER} ', ''):
        seen(app, requesting(token))

    assert protect.requested == 4


@pytest.mark.parametrize(
    ('clock', 'seconds', 'requested'),
    [
        ('monotonic', 4.9, 1),
        ('monotonic', 5.1, 2),
        ('time', 3590, 1),
        ('time', 3601, 2),
    ],
)
def test_a_cached_token_is_verified_again_in_time(
    monkeypatch, clock, seconds, requested
):
    protect = Protect(expires_at=expiring())
    app = TokenCache(nothing, protect, 5)
    seen(app, requesting())
    now = getattr(time, clock)()
    monkeypatch.setattr(token_cache.time, clock, lambda: now + seconds)
    seen(app, requesting())

    assert protect.requested == requested


@pytest.mark.parametrize(
    'reported',
    [
        {'bind': {'x509': 'c'}},
        {'application_credential': {'access_rules': []}},
        {'application_credential': {'access_rules': [{'path': '/'}]}},
    ],
)
def test_an_identity_that_depends_on_more_than_the_token_is_not_cached(
    reported,
):
    protect = Protect(expires_at=expiring(), **reported)
    app = TokenCache(nothing, protect, 5)

    for _ in range(2):
        seen(app, requesting())

    assert protect.requested == 2


@pytest.mark.parametrize('reported', [{}, {'application_credential': None}])
def test_an_application_credential_without_rules_is_cached(reported):
    protect = Protect(expires_at=expiring(), **reported)
    app = TokenCache(nothing, protect, 5)

    for _ in range(2):
        seen(app, requesting())

    assert protect.requested == 1


@pytest.mark.parametrize('name', ['SERVICE', 'STORAGE'])
def test_a_second_token_is_always_verified(name):
    protect = Protect(expires_at=expiring())
    app = TokenCache(nothing, protect, 5)
    seen(app, requesting())
    more = {f'HTTP_X_{name}_TOKEN': 'another'}

    for _ in range(2):
        seen(app, requesting(**more))

    assert protect.requested == 3


def test_without_a_cache_each_token_is_verified():
    protect = Protect(expires_at=expiring())
    app = TokenCache(nothing, protect, 0)

    for _ in range(3):
        seen(app, requesting())

    assert protect.requested == 3


def test_the_latest_tokens_are_cached_within_a_bound_in_bytes(
    monkeypatch,
):
    monkeypatch.setattr(token_cache, '_MAX_BYTES', 12_000)
    protect = Protect(expires_at=expiring())
    app = TokenCache(nothing, protect, 5)

    tokens = [f'{n}{"t" * 60_000}' for n in range(50)]
    for token in tokens:
        seen(app, requesting(token))
    assert protect.requested == 50
    for token in tokens[:-3:-1]:
        seen(app, requesting(token))

    assert protect.requested == 50
    assert 2 <= len(app._cache._kept) <= 10


def test_the_catalog_of_a_token_is_not_cached():
    """It has all services of the cloud, and nova asks for its own."""
    catalog = [{'endpoints': [{'url': 'http://n' * 1000}]}]
    protect = Protect(expires_at=expiring(), catalog=catalog)
    reached = []

    def app(environ, start):
        reached.append(environ)
        return ()

    guarded = TokenCache(app, protect, 5)
    for _ in range(2):
        guarded(requesting(HTTP_X_SERVICE_CATALOG='http://n'), lambda *_: None)

    assert protect.requested == 1
    assert [found for found in reached if 'http://n' in repr(found)] == []
    assert all(identity.read(environ).user_id == 'u1' for environ in reached)


def test_a_token_cannot_be_read_from_the_cache():
    app = TokenCache(nothing, Protect(expires_at=expiring()), 5)

    seen(app, requesting('a-token-of-somebody'))

    assert len(app._cache._kept) == 1
    assert 'a-token-of-somebody' not in repr(app._cache._kept)


@pytest.mark.parametrize(
    'path', ['/v2.1/flavors', '/', '/v2.1', '/v2.1/os-keypairs']
)
def test_unguarded_requests_are_not_verified(path):
    protect = Protect(expires_at=expiring())

    environ = seen(TokenCache(nothing, protect, 5), requesting(path=path))

    assert protect.requested == 0
    assert 'keystone.token_info' not in environ


@pytest.mark.parametrize(
    'path',
    [
        *(SERVER, '/servers\n', '//servers//s1', '/v2/p1/servers/detail'),
        *('/v2.1/os-volumes_boot/s1', '/x/servers/s1/action', '/servers'),
    ],
)
def test_every_guarded_request_is_verified(path):
    protect = Protect(expires_at=expiring())

    seen(TokenCache(nothing, protect, 5), requesting(path=path))

    assert protect.requested == 1


@pytest.mark.parametrize('path', [SERVER, '/v2.1/flavors'])
def test_a_challenge_of_nova_reaches_the_client_once(path, keystone):
    def refusing(environ, start):
        challenge = ('WWW-Authenticate', 'Keystone uri="novas"')
        start('401 Unauthorized', [challenge, ('X-Other', 'a')])
        return []

    app = TokenCache(refusing, real(keystone), 5)
    responses = []
    for _ in range(2):
        b''.join(app(request(path), lambda *head: responses.append(head)))

    assert len(responses) == 2
    for status, headers, *_ in responses:
        assert status == '401 Unauthorized'
        names = [name for name, _ in headers]
        assert names.count('WWW-Authenticate') == 1
        assert ('X-Other', 'a') in headers


def real(keystone):
    """Return a factory of keystonemiddleware's own auth_token."""
    return auth_token.filter_factory(
        {},
        oslo_config_project='nova-update-guard',
        delay_auth_decision='true',
        auth_type='v3password',
        auth_url=f'{keystone.url}/v3',
        www_authenticate_uri=keystone.url,
        interface='public',
        username='guard',
        password='secret',
        user_domain_name='Default',
        project_name='service',
        project_domain_name='Default',
    )


def request(path, token=MEMBER, **forged):
    return {
        'REQUEST_METHOD': 'GET',
        'SCRIPT_NAME': '',
        'PATH_INFO': path,
        'SERVER_NAME': 'h',
        'SERVER_PORT': '80',
        'HTTP_HOST': 'h',
        'wsgi.url_scheme': 'http',
        'HTTP_X_AUTH_TOKEN': token,
        **forged,
    }


NAMES = st.sampled_from(
    [
        f'HTTP_X_{name}'
        for name in (
            *('ROLES', 'ROLE', 'USER_ID', 'USER_NAME', 'PROJECT_ID', 'USER'),
            *('TENANT', 'TENANT_ID', 'IDENTITY_STATUS', 'SERVICE_ROLES'),
            *('SERVICE_IDENTITY_STATUS', 'DOMAIN_ID', 'SERVICE_CATALOG'),
            *('IS_ADMIN_PROJECT', 'SERVICE_USER_ID', 'USER_DOMAIN_ID'),
        )
    ]
    + ['HTTP_OPENSTACK_SYSTEM_SCOPE']
)


@given(st.dictionaries(NAMES, st.sampled_from(['admin', 'Confirmed', 'all'])))
def test_forged_headers_make_no_difference_remembered_or_not(keystone, forged):
    """The caller is auth_token's, the first time and later."""
    read = []

    def kept(environ, start):
        read.append(identity.read(environ))
        start('200 OK', [])
        return []

    app = TokenCache(kept, real_once(keystone), 60)
    for more in ({}, forged, forged):
        b''.join(app(request(SERVER, **more), lambda *_: None))

    first, second, third = read
    assert first.creds == second.creds == third.creds
    assert first.creds['roles'] == ['member', 'reader']


_REAL = {}


def real_once(keystone):
    """Return the same auth_token for all examples: it is slow to make."""

    def protect(app):
        if keystone not in _REAL:
            _REAL[keystone] = real(keystone)(
                lambda *requested: _REAL['app'](*requested)
            )
        _REAL['app'] = app
        return _REAL[keystone]

    return protect
