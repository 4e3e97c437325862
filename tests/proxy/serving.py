"""The proxy as a real process, under each server that is documented."""

import configparser
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.cloud import ports
from tests.cloud.processes import ROOT, Service, surroundings
from tests.proxy import apache, client
from tests.proxy.client import Address
from tests.proxy.listening import HOST

ETC = ROOT / 'etc' / 'nova-update-guard'
# Seconds; a busy machine takes more than one for what is no fault.
READ_TIMEOUT = 3.0
# As many as the files that ship have.
PROCESSES = 2
# An environment that leads to nova only by a proxy, where nobody listens.
# Keystone is asked by requests, which obeys: it is called localhost here.
_NO_WAY = {
    'http_proxy': f'http://{HOST}:9',
    'HTTP_PROXY': f'http://{HOST}:9',
    'all_proxy': f'http://{HOST}:9',
    'no_proxy': 'localhost',
}
_BIN = Path(sys.executable).parent
# What the stand-in for keystone takes.
AUTHTOKEN = """\
[keystone_authtoken]
www_authenticate_uri = {keystone}
auth_url = {keystone}/v3
auth_type = v3password
username = guard
password = secret
user_domain_name = Default
project_name = service
project_domain_name = Default
interface = public
"""
_CONF = """\
[DEFAULT]
debug = true
log_file = {folder}/guard.log
[proxy]
nova_endpoints = {nova}
connect_timeout = 3
read_timeout = {timeout}
{proxy}
[update_guard_metrics]
directory = {folder}/metrics
path = /metrics
allowed_networks = {host}/32
[update_guard]
decision_log = {folder}/decisions.log
decision_sample_reads = 1
{guard}
"""


class Proxy(NamedTuple):
    """A running proxy; *log* is the server's own output."""

    name: str
    address: Address
    pid: int
    folder: Path


def write_config(folder, nova, keystone, proxy='', guard=''):
    """Make *folder* the configuration of a proxy in front of *nova*.

    *proxy* and *guard* are more lines of their groups.
    """
    shutil.copy(ETC / 'api-paste.ini', folder)
    (folder / 'nova-update-guard.conf').write_text(
        _CONF.format(
            folder=folder,
            host=HOST,
            nova=nova,
            timeout=READ_TIMEOUT,
            proxy=proxy,
            guard=guard,
        )
        + AUTHTOKEN.format(keystone=keystone)
    )
    (folder / 'metrics').mkdir()


@contextmanager
def configured(name, nova, keystone, folders, **options):
    """Yield the proxy under the server called *name*, before *nova*."""
    folder = folders.mktemp(name)
    write_config(folder, nova.url, keystone.url, **options)
    port = ports.free()
    proxy = service(name, folder, port)
    proxy.start()
    try:
        proxy.wait(30)
        address = Address(HOST, port, name != 'uwsgi')
        assert client.send(address).status == 200, proxy.log.read_text()
        yield Proxy(name, address, proxy.process.pid, folder)
    finally:
        proxy.stop()


@contextmanager
def running(name, folder, **environ):
    """Yield the address of the proxy that *folder* configures."""
    port = ports.free()
    proxy = service(name, folder, port, **environ)
    proxy.start()
    try:
        proxy.wait(60)
        yield Address(HOST, port, name == 'gunicorn')
    finally:
        proxy.stop()


def service(name, folder, port, **environ):
    """Return the proxy under the server called *name*, not yet started."""
    if name == apache.NAME:
        return apache.service(folder, port, **_NO_WAY)
    return Service(
        f'the proxy under {name}',
        _COMMANDS[name](folder, port),
        f'http://{HOST}:{port}/healthcheck',
        folder / 'server.log',
        surroundings(
            NOVA_UPDATE_GUARD_CONFIG_DIR=str(folder), **{**_NO_WAY, **environ}
        ),
    )


def _gunicorn(_folder, port):
    address = f'{HOST}:{port}'
    options = ['-c', ETC / 'gunicorn.conf.py', '-b', address]
    options += ['--no-control-socket', '--graceful-timeout', '1']
    return [_BIN / 'gunicorn', *options]


def _uwsgi(folder, port):
    """Return the command for the ini file as it ships, but for its port."""
    shipped = (ETC / 'uwsgi.ini').read_text()
    ini = folder / 'uwsgi.ini'
    ini.write_text(shipped.replace('127.0.0.1:8871', f'{HOST}:{port}'))
    read = configparser.ConfigParser()
    read.read(ini)
    assert read['uwsgi']['http-socket'] == f'{HOST}:{port}'
    return [_BIN / 'uwsgi', '--ini', ini]


def _preforking(folder, port):
    """Return the command for uWSGI that loads the guard before it forks."""
    command = _uwsgi(folder, port)
    ini = folder / 'uwsgi.ini'
    lazy = 'lazy-apps = true\n'
    assert lazy in ini.read_text()
    ini.write_text(ini.read_text().replace(lazy, ''))
    return command


SERVERS = ('gunicorn', 'uwsgi')
PREFORKING = 'preforking uwsgi'
_COMMANDS = {
    **dict(zip(SERVERS, (_gunicorn, _uwsgi), strict=True)),
    PREFORKING: _preforking,
}
