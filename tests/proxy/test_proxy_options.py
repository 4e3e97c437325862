"""A wrong option stops the start; the error names the valid values."""

import pytest

from nova_update_guard.conf import proxy
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy.proxy import nova_proxy
from tests.proxy.certificates import Authority

TLS = {'nova_endpoints': 'https://nova:8774'}


@pytest.mark.parametrize(
    ('options', 'reported'),
    [
        ({'nova_endpoints': ''}, ['nova_endpoints', 'one']),
        ({'nova_endpoints': 'nova:8774'}, ['nova_endpoints', 'nova:8774']),
        ({'nova_endpoints': 'ftp://nova'}, ['nova_endpoints', 'http']),
        ({'nova_endpoints': 'http://'}, ['nova_endpoints', 'host']),
        ({'nova_endpoints': 'http://n:99999'}, ['nova_endpoints', '65535']),
        ({'nova_endpoints': 'http://n:port'}, ['nova_endpoints', 'port']),
        ({'nova_endpoints': 'http://u:p@nova'}, ['nova_endpoints', 'host']),
        ({'nova_endpoints': 'http://nova/?a=b'}, ['nova_endpoints', 'host']),
        ({'nova_endpoints': 'http://nova/#a'}, ['nova_endpoints', 'host']),
        ({'nova_endpoints': 'http://a b/'}, ['nova_endpoints', 'a b']),
        ({'nova_endpoints': 'http://nova/a b'}, ['nova_endpoints', 'a b']),
        ({'nova_endpoints': 'http://nova/a/../b'}, ['nova_endpoints', '..']),
        ({'nova_endpoints': 'http://nova/%2e'}, ['nova_endpoints', '%2e']),
        (
            {'nova_endpoints': 'http://nova/v2'},
            ['nova_endpoints', '/v2', 'v2.1'],
        ),
        ({'nova_endpoints': 'http://n,http://m/a//v2%2E1/'}, ['m/a', 'v2.1']),
        ({'connect_timeout': 'soon'}, ['connect_timeout', 'soon']),
        ({'connect_timeout': '0'}, ['connect_timeout', '0.1']),
        ({'connect_timeout': '301'}, ['connect_timeout', '300']),
        ({'read_timeout': '-1'}, ['read_timeout', '0.1']),
        ({'read_timeout': '3601'}, ['read_timeout', '3600']),
        ({'read_timeout': 'nan'}, ['read_timeout', 'nan']),
        ({'client_timeout': '5'}, ['client_timeout', 'file']),
        ({'cafil': 'x'}, ['cafil', 'cafile', 'nova_endpoints']),
        ({**TLS, 'cafile': '/nowhere.pem'}, ['cafile', '/nowhere.pem']),
        ({**TLS, 'certfile': '/nowhere.pem'}, ['certfile', '/nowhere.pem']),
        ({'keyfile': '/nowhere.pem'}, ['keyfile', 'certfile']),
    ],
)
def test_wrong_option_stops_the_start_by_its_name(options, reported):
    with pytest.raises(OptionError) as caught:
        nova_proxy({}, **options)

    assert [part for part in reported if part not in str(caught.value)] == []


def test_wrong_option_in_the_file_stops_the_start_too(tmp_path):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text('[proxy]\nread_timeouts = 5\n')

    with pytest.raises(OptionError, match=r'read_timeouts.*read_timeout'):
        nova_proxy({}, oslo_config_file=str(file))


@pytest.mark.parametrize(
    ('lines', 'reported'),
    [
        ('[proxy]\nclient_timeout = nan\n', 'client_timeout'),
        ('[proxy]\nclient_timeout = 0\n', 'client_timeout'),
    ],
)
def test_wrong_client_timeout_stops_the_start(tmp_path, lines, reported):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(lines)

    with pytest.raises(OptionError, match=reported):
        proxy.client_timeout({'oslo_config_file': str(file)})


@pytest.mark.parametrize('text', ['nan', '0', 'soon', '3601'])
def test_wrong_body_timeout_stops_the_start_of_the_proxy(tmp_path, text):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(f'[update_guard]\nbody_timeout = {text}\n')

    with pytest.raises(OptionError, match='body_timeout'):
        nova_proxy({}, oslo_config_file=str(file))


def test_a_file_without_a_certificate_stops_the_start(tmp_path):
    file = tmp_path / 'ca.pem'
    file.write_text('no certificate')

    with pytest.raises(OptionError, match=r'ca\.pem'):
        nova_proxy({}, cafile=str(file), **TLS)


def test_key_that_is_not_the_certificate_s_stops_the_start(tmp_path):
    authority = Authority(tmp_path, 'authority')
    one, other = authority.vouch('one'), authority.vouch('other')

    with pytest.raises(OptionError, match=r'one\.pem.*other\.pem'):
        nova_proxy(
            {},
            cafile=str(authority.file),
            certfile=str(one),
            keyfile=str(other),
            **TLS,
        )


def test_option_of_the_paste_file_wins_over_the_other(tmp_path):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text('[proxy]\nread_timeout = 5\nconnect_timeout = 6\n')
    paste = {'oslo_config_file': str(file), 'read_timeout': '7'}

    settings = proxy.load(paste)

    assert (settings.connect_timeout, settings.read_timeout) == (6, 7)
