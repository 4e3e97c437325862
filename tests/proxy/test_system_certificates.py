"""The certificates that verify nova's where no cafile is named."""

from contextlib import closing

import pytest

from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy.proxy import nova_proxy
from tests.proxy import certificates, serving
from tests.proxy.certificates import Authority
from tests.proxy.client import send, update
from tests.proxy.inside import Inside
from tests.proxy.keystone import Keystone
from tests.proxy.listening import HOST
from tests.proxy.nova import DOCUMENT, Nova

BODY = b'{"server": {}}'
NOWHERE = '/nowhere'
needs_openssl = pytest.mark.skipif(
    certificates.openssl() is None, reason=certificates.INSTALL
)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, 'authority')


@pytest.fixture
def other(tmp_path):
    return Authority(tmp_path, 'other')


@pytest.fixture
def system(monkeypatch):
    """Return a function that sets the system's certificates."""

    def system(file=NOWHERE, folder=NOWHERE):
        monkeypatch.setenv('SSL_CERT_FILE', str(file))
        monkeypatch.setenv('SSL_CERT_DIR', str(folder))

    return system


@pytest.fixture
def nova(authority):
    with closing(Nova(wrap=authority.wrap('nova'))) as nova:
        yield nova


class OverTLS(Keystone):
    """It has another URL, which is also in its catalog."""

    @property
    def url(self):
        return f'https://{HOST}:{self.port}'


def at(nova, **options):
    url = f'https://{HOST}:{nova.port}'
    return Inside(nova_endpoints=url, connect_timeout='2', **options)


@needs_openssl
def test_a_folder_is_enough(nova, authority, system):
    system(folder=authority.folder())
    proxy = at(nova)

    assert proxy.send() == (200, DOCUMENT)
    assert proxy.send('PUT', body=BODY) == (200, DOCUMENT)


def test_a_file_is_enough(nova, authority, system):
    system(file=authority.file)

    assert at(nova).send() == (200, DOCUMENT)


@needs_openssl
def test_either_of_both_is_enough(nova, authority, other, system):
    system(file=other.file, folder=authority.folder())
    assert at(nova).send() == (200, DOCUMENT)

    system(file=authority.file, folder=other.folder())
    assert at(nova).send() == (200, DOCUMENT)


@needs_openssl
def test_a_folder_of_others_lets_nothing_through(nova, other, system):
    system(folder=other.folder())

    assert at(nova).send('PUT', body=BODY)[0] == 502
    assert nova.requests() == []


@needs_openssl
def test_a_cafile_counts_alone(nova, authority, other, system):
    """The operator's cafile is not widened by the system's."""
    system(file=authority.file, folder=authority.folder())

    proxy = at(nova, cafile=str(other.file))

    assert proxy.send('PUT', body=BODY)[0] == 502
    assert nova.requests() == []


@pytest.mark.parametrize('kind', ['nothing', 'no names', 'dangling names'])
def test_without_system_certificates_the_start_names_the_option_to_set(
    authority, system, tmp_path, kind
):
    folder = tmp_path / 'certs'
    folder.mkdir()
    if kind == 'nothing':
        folder = NOWHERE
    elif kind == 'no names':
        (folder / 'authority.pem').symlink_to(authority.file)
    else:
        (folder / '0123abcd.0').symlink_to(NOWHERE)
    system(folder=folder)

    with pytest.raises(OptionError) as caught:
        nova_proxy({}, nova_endpoints='https://nova:8774')

    assert 'cafile: ' in str(caught.value)
    assert (f'openssl rehash {folder}' in str(caught.value)) == (
        folder != NOWHERE
    )


def test_a_nova_without_tls_needs_none(system):
    system()

    assert nova_proxy({}, nova_endpoints='http://nova:8774')


@needs_openssl
def test_a_real_proxy_knows_nova_and_keystone_by_a_folder(
    nova, authority, tmp_path
):
    """nova by the system's; keystone by that of its own cafile."""
    folder = tmp_path / 'proxy'
    folder.mkdir()
    system = authority.folder()
    with closing(OverTLS(authority.wrap('keystone'))) as keystone:
        serving.write_config(
            folder, f'https://{HOST}:{nova.port}', keystone.url
        )
        conf = folder / 'nova-update-guard.conf'
        conf.write_text(f'{conf.read_text()}cafile = {system}\n')

        with serving.running(
            'uwsgi',
            folder,
            SSL_CERT_FILE=NOWHERE,
            SSL_CERT_DIR=str(system),
            no_proxy=f'localhost,{HOST}',
        ) as address:
            response = send(address, update())

    assert (response.status, response.json['server']['name']) == (200, 'vm1')
