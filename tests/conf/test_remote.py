"""Options for remote checks: what does not hold together stops the start."""

import pytest

from nova_update_guard.conf import guard
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.layers.modes import LAYERS
from tests.proxy.certificates import Authority


def load(tmp_path, options, name='nova-update-guard.conf'):
    file = tmp_path / name
    file.write_text('[update_guard]\n[oslo_policy]\n' + options)
    settings = guard.load({'oslo_config_file': str(file)}, LAYERS)
    return settings.remote_checks.oslo_policy


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Certificates, by what they are."""
    folder = tmp_path_factory.mktemp('certificates')
    authority = Authority(folder, 'authority')
    one, other = (authority.vouch(name) for name in ('one', 'other'))
    text = folder / 'text.pem'
    text.write_text('none')
    certificate, key = folder / 'crt.pem', folder / 'key.pem'
    content = one.read_text()
    at = content.index('-----BEGIN PRIVATE')
    certificate.write_text(content[:at])
    key.write_text(content[at:])
    return {
        'authority': authority.file,
        'both': one,
        'other': other,
        'text': text,
        'certificate': certificate,
        'key': key,
        'folder': folder,
        'missing': folder / 'missing.pem',
    }


def test_the_server_is_verified_unless_it_is_said_not_to_be(tmp_path):
    assert load(tmp_path, '').remote_ssl_verify_server_crt is True
    off = 'remote_ssl_verify_server_crt = false'
    assert load(tmp_path, off).remote_ssl_verify_server_crt is False


@pytest.mark.parametrize(
    'options',
    [
        'remote_ssl_ca_crt_file = {authority}',
        'remote_ssl_ca_crt_file = {folder}',
        'remote_ssl_client_crt_file = {both}',
        'remote_ssl_client_crt_file = {certificate}\n'
        'remote_ssl_client_key_file = {key}',
        'remote_content_type = application/json\nremote_timeout = 0.5',
    ],
)
def test_options_that_hold_together_are_taken(options, tmp_path, files):
    options = options.format(**files)
    loaded = load(tmp_path, options)

    for line in options.splitlines():
        name, _, value = line.partition(' = ')
        assert str(loaded[name]) == value


@pytest.mark.parametrize(
    'options',
    [
        'remote_ssl_ca_crt_file = {missing}',
        'remote_ssl_ca_crt_file = {text}',
        'remote_ssl_ca_crt_file = {key}',
        'remote_ssl_client_crt_file = {missing}',
        'remote_ssl_client_crt_file = {text}',
        'remote_ssl_client_crt_file = {certificate}',
        'remote_ssl_client_key_file = {key}',
        'remote_ssl_client_key_file = {missing}\n'
        'remote_ssl_client_crt_file = {certificate}',
        'remote_ssl_client_key_file = {other}\n'
        'remote_ssl_client_crt_file = {certificate}',
        'remote_content_type = text/plain',
        'remote_timeout = 0',
        'remote_timeout = -1',
        'remote_timeout = nan',
        'remote_timeout = inf',
        'remote_timeout = 3601',
        'remote_ssl_verify_server_crt = perhaps',
    ],
)
def test_a_problem_stops_the_start_and_names_the_option(
    options, tmp_path, files
):
    options = options.format(**files)
    with pytest.raises(OptionError) as error:
        load(tmp_path, options)

    assert options.partition(' = ')[0] in str(error.value)


@pytest.mark.parametrize(
    ('option', 'advice'),
    [
        ('policy_file', 'set policy_file in [update_guard]'),
        ('policy_dirs', 'set policy_dirs in [update_guard]'),
        ('enforce_scope', 'it uses remote_content_type'),
        ('enforce_new_defaults', 'it uses remote_content_type'),
        ('remote_ssl_ca_cert_file', "mean 'remote_ssl_ca_crt_file'"),
        ('remote_verify', 'it uses remote_content_type'),
        ('ssl_ca_crt', 'it uses remote_content_type'),
    ],
)
def test_an_option_that_does_not_count_is_refused(option, advice, tmp_path):
    with pytest.raises(OptionError) as error:
        load(tmp_path, f'{option} = true')

    assert f'[oslo_policy] {option} ' in str(error.value)
    assert advice in str(error.value)


@pytest.mark.parametrize('name', ['c.conf', 'new', 'nova-update-guard.conf'])
@pytest.mark.parametrize('group', ['', '[proxy]', '[keystone_authtoken]'])
def test_a_copy_of_the_guard_s_file_is_read_as_the_file_itself(
    name, group, tmp_path
):
    with pytest.raises(OptionError, match=r'set policy_file in'):
        load(tmp_path, f'policy_file = x.yaml\n{group}', name)


@pytest.mark.parametrize('name', ['c.conf', 'nova-api.conf', 'nova.conf.new'])
@pytest.mark.parametrize('group', ['api_database', 'DATABASE', 'placement'])
def test_a_copy_of_nova_conf_is_nova_s(name, group, tmp_path):
    assert load(tmp_path, f'policy_file = x.yaml\n[{group}]', name)


def test_a_file_of_the_proxy_alone_is_the_guard_s(tmp_path):
    file = tmp_path / 'c.conf'
    file.write_text('[proxy]\n[oslo_policy]\npolicy_file = x.yaml')
    with pytest.raises(OptionError, match='policy_file means nothing'):
        guard.load({'oslo_config_file': str(file)}, LAYERS)


@pytest.mark.parametrize('option', ['policy_file', 'enforce_scope'])
def test_what_nova_conf_says_to_nova_is_left_to_nova(option, tmp_path):
    assert load(tmp_path, f'{option} = true', 'nova.conf')


def test_a_misspelt_option_of_remote_checks_is_refused_in_nova_conf_too(
    tmp_path,
):
    with pytest.raises(OptionError, match='remote_ssl_ca_crt_file'):
        load(tmp_path, 'remote_ssl_ca_cert_file = x', 'nova.conf')
