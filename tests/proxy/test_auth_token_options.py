"""Options of [keystone_authtoken] that stop the start, with the reason."""

import sys

import pytest
from keystonemiddleware import auth_token
from keystonemiddleware.auth_token import _cache

from nova_update_guard.conf import proxy
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy.proxy import authtoken
from nova_update_guard.proxy import auth_token_options, memcached_checks
from tests.cloud.errors import CloudError
from tests.proxy import serving

SECRET = 'not-to-be-told'
OPTIONS = {
    'auth_type': 'password',
    'auth_url': 'http://127.0.0.1:9',
    'www_authenticate_uri': 'http://127.0.0.1:9',
    'username': 'nova',
    'password': SECRET,
    'project_name': 'service',
    'user_domain_name': 'Default',
    'project_domain_name': 'Default',
}
CACHED = {'memcached_servers': '127.0.0.1:9'}
ENCRYPTED = {**CACHED, 'memcache_security_strategy': 'ENCRYPT'}
TLS = {**CACHED, 'memcache_tls_enabled': 'true'}


@pytest.fixture
def started(tmp_path):
    """Return a factory of the filter, with some options in its file."""
    file = tmp_path / 'nova-update-guard.conf'

    def started(options, **paste):
        lines = [
            f'{name} = {value}'
            for name, value in {**OPTIONS, **options}.items()
            if value is not None
        ]
        file.write_text('\n'.join(['[keystone_authtoken]', *lines, '']))
        filtering = authtoken({}, oslo_config_file=str(file), **paste)
        return filtering(lambda environ, start: [])

    return started


@pytest.mark.parametrize(
    ('options', 'reported'),
    [
        ({'auth_type': None}, ['auth_type', 'password']),
        ({'auth_type': 'pasword'}, ['auth_type = pasword', 'no such']),
        ({'memcache_security_strategi': 'ENCRYPT'}, ['security_strategi']),
        ({'auth_url': None}, ['auth_url', 'missing']),
        ({'auth_url': ''}, ['auth_url', 'missing']),
        ({'username': None}, ['username', 'missing']),
        ({'username': ''}, ['username or user_id', 'missing']),
        ({'password': None}, ['password', 'missing']),
        ({'auth_section': 'elsewhere'}, ['auth_type']),
        ({'auth_type': 'v3applicationcredential'}, ['credential ID']),
        ({'auth_type': 'v3token', 'auth_url': None}, ['auth_url']),
        ({'auth_version': 'x.y'}, ['x.y']),
        ({'interface': 'pubic'}, ['interface = pubic', 'public, internal']),
        ({'insecure': 'perhaps'}, ['insecure', 'perhaps', 'guard.conf']),
        ({'token_cache_time': 'long'}, ['token_cache_time', 'long']),
        ({'cafile': '/nowhere.pem'}, ['cafile = /nowhere.pem']),
        ({'certfile': '/nowhere.pem'}, ['certfile = /nowhere.pem']),
        ({'keyfile': '/nowhere.pem'}, ['keyfile = /nowhere.pem']),
        ({'memcached_servers': 'http://m:1'}, ['memcached_servers', 'http:']),
        (
            {'memcache_security_strategy': 'SIGN'},
            ['memcache_security_strategy', 'MAC, ENCRYPT'],
        ),
        (ENCRYPTED, ['memcache_secret_key']),
        (
            {**TLS, 'memcache_tls_cafile': '/nowhere.pem'},
            ['memcache_tls_cafile = /nowhere.pem'],
        ),
        (
            {**TLS, 'memcache_use_advanced_pool': 'false'},
            ['memcache_tls_enabled', 'memcache_use_advanced_pool'],
        ),
        *(
            ({**CACHED, f'memcache_pool_{name}': value}, [name, said])
            for name, value, said in [
                ('socket_timeout', '', 'is empty: it takes 1 or more'),
                ('socket_timeout', '0', '= 0: it takes 1 or more'),
                ('dead_retry', '', 'is empty: it takes 0 or more'),
                ('dead_retry', '-1', '= -1: it takes 0 or more'),
                ('maxsize', '0', '= 0: it takes 1 or more'),
                ('unused_timeout', '-1', '= -1: it takes 0 or more'),
                ('conn_get_timeout', '', 'is empty: it takes 0 or more'),
            ]
        ),
        *(
            (
                {**CACHED, name: 'a'},
                [f'{name}: it has no effect', f'write {needed} = '],
            )
            for name, needed in {
                'memcache_secret_key': 'memcache_security_strategy',
                'memcache_username': 'memcache_sasl_enabled',
                'memcache_password': 'memcache_sasl_enabled',
                'memcache_tls_cafile': 'memcache_tls_enabled',
                'memcache_tls_certfile': 'memcache_tls_enabled',
                'memcache_tls_keyfile': 'memcache_tls_enabled',
                'memcache_tls_allowed_ciphers': 'memcache_tls_enabled',
            }.items()
        ),
    ],
)
def test_wrong_option_stops_the_start_by_its_name(started, options, reported):
    with pytest.raises(OptionError) as caught:
        started(options)

    message = str(caught.value)
    assert '[keystone_authtoken]' in message
    assert [part for part in reported if part not in message] == []


def test_so_does_a_misspelt_one_in_a_folder_of_more_files(
    started, tmp_path, monkeypatch
):
    monkeypatch.setenv('HOME', str(tmp_path))
    folder = tmp_path / '.nova-update-guard' / 'nova-update-guard.conf.d'
    folder.mkdir(parents=True)
    (folder / '50.conf').write_text(
        '[keystone_authtoken]\nmemcache_security_strategi = ENCRYPT\n'
    )

    with pytest.raises(OptionError, match=r'50\.conf'):
        started({})


@pytest.mark.parametrize(
    'options',
    [
        {'password': f'$${SECRET}'},
        {'interface': 'publicURL'},
        {'memcached_servers': '127.0.0.1:9,127.0.0.2'},
        {'memcached_servers': 'inet6:[::1]:9'},
        {**CACHED, 'memcache_use_advanced_pool': 'false'},
        {**ENCRYPTED, 'memcache_secret_key': 'a'},
        {**CACHED, 'memcache_sasl_enabled': 'true', 'memcache_username': 'a'},
        {**TLS, 'memcache_tls_allowed_ciphers': 'HIGH'},
    ],
)
def test_right_options_start_without_a_network(started, options):
    assert started(options)


@pytest.mark.parametrize('password', [f'a${SECRET}', f'a\n{SECRET}'])
def test_an_error_of_the_start_contains_no_secret(started, password):
    with pytest.raises(OptionError) as caught:
        started({'password': password})

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize('strategy', ['ENCRYPT', 'encrypt', 'Encrypt'])
@pytest.mark.parametrize('is_in_paste', [True, False])
def test_keystonemiddleware_gets_the_strategy_in_capitals(
    started, monkeypatch, strategy, is_in_paste
):
    """It compares it as it is written, and would encrypt nothing."""
    made = []
    init = _cache.SecureTokenCache.__init__

    def noting(self, log, strategy, *args, **kwargs):
        made.append(strategy)
        init(self, log, strategy, *args, **kwargs)

    monkeypatch.setattr(_cache.SecureTokenCache, '__init__', noting)
    option = {'memcache_security_strategy': strategy}
    options = {**CACHED, 'memcache_secret_key': 'a'}
    if is_in_paste:
        started(options, **option)
    else:
        started({**options, **option})

    assert made == ['ENCRYPT']


def test_it_is_the_one_option_that_may_be_written_in_any_case():
    """A new one of a later release would need the same."""
    names = [
        option.dest
        for _, options in auth_token.list_opts()
        for option in options
        if getattr(option.type, 'ignore_case', False)
    ]

    assert names == ['memcache_security_strategy']


def test_each_option_of_memcached_is_checked_or_means_something_alone():
    """So that a new one that needs another is noticed."""
    names = {
        option.dest
        for _, options in auth_token.list_opts()
        for option in options
        if option.dest.startswith('memcache')
    }
    without_effect = {
        name for row in memcached_checks._WITHOUT_EFFECT for name in row[0]
    }

    assert names == without_effect | {*memcached_checks._LEAST} | {
        *('memcached_servers', 'memcache_security_strategy'),
        *('memcache_tls_enabled', 'memcache_sasl_enabled'),
        'memcache_use_advanced_pool',
    }


def test_an_option_of_the_paste_file_wins(started):
    with pytest.raises(OptionError, match='interface = pubic'):
        started({'interface': 'public'}, interface='pubic')
    assert started({'interface': 'pubic'}, interface='public')


def test_the_auth_type_may_be_in_a_section_of_its_own(started):
    there = '\n'.join(f'{name} = {text}' for name, text in OPTIONS.items())
    options = dict.fromkeys(OPTIONS) | {
        'auth_section': f'service_account\n[service_account]\n{there}'
    }

    assert started(options)


@pytest.mark.parametrize(
    ('given', 'seconds'), [({}, 10), ({'http_connect_timeout': '3'}, 3)]
)
def test_a_silent_keystone_is_not_waited_for_without_an_end(given, seconds):
    options = auth_token_options.load({**OPTIONS, **given})[
        'oslo_config_config'
    ]

    assert options.keystone_authtoken.http_connect_timeout == seconds


@pytest.mark.parametrize(
    ('given', 'retries'), [({}, 1), ({'http_request_max_retries': '5'}, 5)]
)
def test_requests_to_keystone_are_repeated_once_by_default(given, retries):
    options = auth_token_options.load({**OPTIONS, **given})[
        'oslo_config_config'
    ]

    assert options.keystone_authtoken.http_request_max_retries == retries


TEXT, BINARY = 'python-memcached', 'python-binary-memcached'
MISSING = [
    ('uwsgi', 'memcache', '', TEXT),
    ('gunicorn', 'memcache', 'memcache_use_advanced_pool = false', TEXT),
    ('uwsgi', 'bmemcached', 'memcache_sasl_enabled = true', BINARY),
    ('gunicorn', 'bmemcached', 'memcache_tls_enabled = true', BINARY),
]


@pytest.mark.parametrize(('server', 'module', 'option', 'package'), MISSING)
def test_a_client_for_memcached_that_is_missing_stops_the_start(
    tmp_path, server, module, option, package
):
    folder = tmp_path / 'proxy'
    folder.mkdir()
    serving.write_config(folder, 'http://127.0.0.1:9', 'http://localhost:9')
    conf = folder / 'nova-update-guard.conf'
    conf.write_text(
        f'{conf.read_text()}memcached_servers = 127.0.0.1:9\n{option}\n'
    )

    with (
        pytest.raises(CloudError, match='has ended'),
        serving.running(server, folder, PYTHONPATH=without(tmp_path, module)),
    ):
        pass

    # uWSGI leaves it to the guard's own log.
    said = ''.join(path.read_text() for path in folder.glob('*.log'))
    assert f'memcached_servers: the package {package} is not' in said
    assert 'nova_update_guard[' not in said
    assert f"'{package}>=" in said


def test_a_missing_library_for_encryption_stops_the_start(
    started, monkeypatch
):
    monkeypatch.setitem(sys.modules, 'cryptography', None)

    with pytest.raises(OptionError, match='the package cryptography is not'):
        started({**ENCRYPTED, 'memcache_secret_key': 'a'})


def without(folder, module):
    """Return a folder that hides *module* from Python."""
    hiding = folder / 'hiding'
    hiding.mkdir()
    said = f'raise ModuleNotFoundError("No {module}", name="{module}")\n'
    (hiding / f'{module}.py').write_text(said)
    return str(hiding)


def test_a_change_of_roles_is_known_as_soon_as_in_nova(tmp_path):
    file = tmp_path / 'nova-update-guard.conf'
    lines = [f'{name} = {value}' for name, value in OPTIONS.items()]
    file.write_text('\n'.join(['[keystone_authtoken]', *lines, '']))
    found = auth_token_options.load({'oslo_config_file': str(file)})
    asked_again = found['oslo_config_config'].keystone_authtoken
    (novas,) = [
        option.default
        for _, options in auth_token.list_opts()
        for option in options
        if option.name == 'token_cache_time'
    ]

    kept = proxy.load({}).token_cache_time + asked_again.token_cache_time

    assert kept <= novas
