"""``check`` tells whatever stops a start, in the words of the start."""

import sys

import pytest
from oslo_config import types

from nova_update_guard.conf import proxy as proxy_conf
from nova_update_guard.conf.loader import MARK, OptionError
from nova_update_guard.conf.options import GROUPS
from nova_update_guard.deploy import filters, log_options
from nova_update_guard.deploy import proxy as proxy_filters
from tests.cmd.running import run

PROXY = """
[proxy]
nova_endpoints = http://127.0.0.1:8774
[keystone_authtoken]
auth_type = password
auth_url = http://127.0.0.1:5000
username = nova
password = not-to-be-told
"""
MEMCACHED = 'memcached_servers = 127.0.0.1:11211\n'
KEYSTONE = '[keystone_authtoken]\n'
METRICS = '[update_guard_metrics]\n'
GUARD = '[update_guard]\n'

STOPS = [
    KEYSTONE + MEMCACHED + 'memcache_security_strategy = ENCRYPT\n',
    KEYSTONE + MEMCACHED + 'memcache_security_strategy = MAC\n',
    KEYSTONE + MEMCACHED + 'memcache_security_strategy = ROT13\n',
    KEYSTONE
    + MEMCACHED
    + 'memcache_use_advanced_pool = false\nmemcache_tls_enabled = true\n',
    KEYSTONE
    + MEMCACHED
    + 'memcache_use_advanced_pool = true\nmemcache_tls_enabled = true\n'
    'memcache_tls_allowed_ciphers = ROT13\n',
    KEYSTONE + 'auth_url = keystone\n',
    KEYSTONE + 'auth_type = pasword\n',
    KEYSTONE + 'interface = inside\n',
    KEYSTONE + 'cafile = /nowhere\n',
    KEYSTONE + 'memcached_server = 127.0.0.1:11211\n',
    KEYSTONE + 'http_connect_timeout = soon\n',
    KEYSTONE + 'password = a$b\n',
    METRICS + 'path = /metrics\n',
    METRICS + 'directory = {0}\npath = /v2.1\n',
    METRICS + 'directory = {0}\npath = /metrics\n',
    METRICS + 'directory = {0}\nallowed_networks = 127.0.0.1/8\n',
    METRICS + 'directory = {0}/guard.conf\n',
    GUARD + 'decision_log = {0}\n',
    GUARD + 'decision_notifications = true\n'
    '[DEFAULT]\ntransport_url = nothing://\n',
    GUARD + 'decision_plaintext_fields = nme\n',
    GUARD + 'decision_sample = nan\n',
    GUARD + 'host_id_key = short\n',
    GUARD + 'decision_hash_key = short\n',
    GUARD + 'policy_file = nowhere.yaml\n',
    GUARD + 'extra_attributes = status\n',
    GUARD + 'field_polcy = audit\n',
    '[DEFAULT]\none_parameter = audit\n',
    '[DEFAULT]\nnova_endpoints = http://nova\n',
    '[update_gard]\none_parameter = audit\n',
    '[oslo_policy]\nremote_timeout = -1\n',
    '[oslo_policy]\nremote_ssl_client_key_file = /nowhere\n',
    '[oslo_policy]\nremote_timeot = 5\n',
    '[proxy]\nnova_endpoints = nova\n',
    '[proxy]\nnova_endpoints =\n',
    '[proxy]\nkeyfile = /nowhere\n',
    '[proxy]\nnova_endpoints = https://nova\ncafile = /nowhere\n',
    '[proxy]\nnova_endpoints = https://nova\ncertfile = /nowhere\n',
    '[proxy]\nread_timeout = nan\n',
    '[proxy]\nclient_timeout = nan\n',
    '[healthcheck]\ndetailed = perhaps\n',
    '[healthcheck]\nallowed_source_ranges = everywhere\n',
    '[cors]\nallow_credentials = perhaps\n',
    '[DEFAULT]\ndebug = perhaps\n',
    '[DEFAULT]\nlog_config_append = /nowhere\n',
    '[oslo_middleware]\nenable_proxy_headers_parsing = perhaps\n',
]
# What another host may lack only is told, and no error.
WARNS = [
    METRICS + 'directory = {0}/missing\n',
    GUARD + 'decision_log = {0}/missing/decisions.log\n',
]
WRONG_TYPE = [
    f'[{group}]\n{option.name} = no-such-value\n'
    for group, options in GROUPS.items()
    for option in options
    if isinstance(option.type, types.Number | types.Boolean)
    or getattr(option.type, 'choices', None)
]


def start(file):
    """Build all of the proxy, as a server does. Raises OptionError."""
    paste = {'oslo_config_file': str(file)}
    oslo = {**paste, 'oslo_config_project': 'nova-update-guard'}
    log_options.load([str(file)])
    proxy_conf.client_timeout(paste)
    app = proxy_filters.nova_proxy({}, **paste)
    for factory in (
        *(filters.update_guard, proxy_filters.authtoken, proxy_filters.cors),
        *(filters.metrics, proxy_filters.healthcheck),
        proxy_filters.http_proxy_to_wsgi,
    ):
        given = oslo if factory not in vars(filters).values() else paste
        app = factory({}, **given)(app)
    return app


@pytest.fixture
def conf(tmp_path, monkeypatch):
    monkeypatch.delenv('PROMETHEUS_MULTIPROC_DIR', raising=False)
    return tmp_path / 'guard.conf'


def test_the_proxy_starts_without_a_mistake(conf):
    conf.write_text(PROXY)

    start(conf)
    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (0, b'')


@pytest.mark.filterwarnings("ignore:The 'oslo_service")
@pytest.mark.parametrize('text', [*STOPS, *WRONG_TYPE])
def test_what_stops_a_start_is_an_error_of_the_check(conf, text):
    conf.write_text(PROXY + text.format(conf.parent))

    with pytest.raises(OptionError) as stopped:
        start(conf)
    done = run('check', '--config-file', conf)

    told = done.stderr.decode()
    assert done.returncode == 2, done.stdout
    assert b'not-to-be-told' not in done.stderr
    # What can be told of a path differs: the check does not open it.
    if 'decision_log' not in text and '{0}/guard' not in text:
        for line in str(stopped.value).splitlines():
            assert line.removeprefix(MARK) in told


@pytest.mark.parametrize('text', WARNS)
def test_a_folder_that_the_unit_makes_is_a_warning_of_the_check(conf, text):
    conf.write_text(PROXY + text.format(conf.parent))

    with pytest.raises(OptionError):
        start(conf)
    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (1, b'')
    assert b'unless the unit of the proxy makes it' in done.stdout


@pytest.mark.parametrize(
    'text',
    [
        'log_file = {0}/missing/guard.log\n',
        'log_dir = {0}/missing\n',
        'log_dir = {0}/missing\nlog_file = guard.log\n',
    ],
)
def test_a_folder_of_logs_that_is_missing_is_a_warning_of_the_check(
    conf, text
):
    conf.write_text(f'{PROXY}[DEFAULT]\n{text.format(conf.parent)}')

    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (1, b'')
    said = f'[DEFAULT] log_file: there is no folder {conf.parent}/missing'
    assert said in done.stdout.decode()


@pytest.mark.parametrize(
    'text', ['log_file = guard.log\n', 'log_file = {0}/guard.log\n', '']
)
def test_a_log_that_can_be_written_is_no_warning(conf, text):
    conf.write_text(f'{PROXY}[DEFAULT]\n{text.format(conf.parent)}')

    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (0, b'')


@pytest.mark.parametrize('text', WARNS)
def test_such_a_folder_is_an_error_inside_nova(conf, text):
    conf.write_text(text.format(conf.parent))

    with pytest.raises(OptionError):
        filters.update_guard({}, oslo_config_file=str(conf))
    done = run('check', '--config-file', conf)

    assert done.returncode == 2
    assert b'make it, for the user who runs the guard\n' in done.stderr


@pytest.mark.parametrize(
    ('library', 'text'),
    [
        ('prometheus_client', METRICS + 'directory = {0}\n'),
        ('oslo_messaging', GUARD + 'decision_notifications = true\n'),
    ],
)
def test_a_library_that_is_missing_is_an_error_of_the_check(
    conf, monkeypatch, library, text
):
    conf.write_text(text.format(conf.parent))
    for name in ('audit.notifier', 'audit.metrics'):
        monkeypatch.delitem(
            sys.modules, f'nova_update_guard.{name}', raising=False
        )
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(OptionError, match='is not installed') as stopped:
        filters.update_guard({}, oslo_config_file=str(conf))
    done = run('check', '--config-file', conf)

    assert done.returncode == 2
    assert str(stopped.value).removeprefix(MARK) in done.stderr.decode()


def test_the_check_writes_nothing_into_the_directory_of_metrics(conf):
    folder = conf.parent / 'metrics'
    folder.mkdir()
    conf.write_text(f'{PROXY}{METRICS}directory = {folder}\n')

    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (0, b'')
    assert [*folder.iterdir()] == []
