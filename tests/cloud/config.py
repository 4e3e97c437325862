"""The configuration files of keystone and nova, as texts."""

from tests.cloud.people import DOMAIN, NOVA, REGION
from tests.cloud.ports import HOST
from tests.cloud.state import State

# Ten years: the computes in the database are rows, nobody reports for them.
DOWN_AFTER_SECONDS = 10 * 365 * 24 * 3600

_KEYSTONE = """\
[database]
connection = {database}
[fernet_tokens]
key_repository = {live}/fernet-keys
[credential]
key_repository = {live}/credential-keys
[token]
expiration = 86400
[identity]
# The least that bcrypt takes: these passwords are no secrets.
password_hash_rounds = 4
[cache]
# As in keystone's own tests. Without it, a token's GET takes 400 queries.
enabled = true
backend = dogpile.cache.memory
proxies = oslo_cache.testing.CacheIsolatingProxy
[oslo_messaging_notifications]
driver = noop
"""

_NOVA = """\
[DEFAULT]
host = controller
my_ip = {host}
state_path = {live}
transport_url = fake:/
service_down_time = {down_after}
[api_database]
connection = {api_database}
[database]
connection = {database}
[oslo_concurrency]
lock_path = {live}/locks
[oslo_messaging_notifications]
driver = noop
[glance]
endpoint_override = {standin_url}/image
[keystone]
{account}
[keystone_authtoken]
www_authenticate_uri = {keystone_url}
interface = public
{account}
[neutron]
endpoint_override = {standin_url}/network
{account}
"""

_ACCOUNT = """\
auth_type = password
auth_url = {keystone_url}
username = {person.name}
password = {person.password}
project_name = {person.project}
user_domain_name = {domain}
project_domain_name = {domain}
region_name = {region}"""

_GUARD = """\
[update_guard]
policy_file = {policy_file}
{more}
"""

_PROXY = """\
[keystone_authtoken]
www_authenticate_uri = {keystone_url}
interface = public
{account}
[proxy]
nova_endpoints = {nova_url}
"""

# A file, because nova and keystone would take gunicorn's command line for
# their own.
_GUNICORN = """\
import gc
import os

# What is imported stays: a search for garbage in it finds none.
gc.disable()
wsgi_app = '{app}'
bind = '{host}:{port}'
workers = {workers}
timeout = 120
graceful_timeout = 5
threads = {threads}
control_socket_disable = True
# Whom to tell, by SIGHUP, that a file has changed that is read at start.
pidfile = 'gunicorn.pid'


def post_worker_init(worker):
    gc.enable()
    # Told to a restart that waits for it.
    open('started', 'w').close()


def worker_exit(server, worker):
    # Nothing is left to be done, and Python would take seconds to do it. The
    # status of one that could not start tells the master to give up.
    if worker.booted:
        os._exit(0)
"""


def database(state: State, name: str) -> str:
    """Return the URL of a service's database."""
    # The driver waits this long for another writer to finish.
    return f'sqlite:///{state.live}/{name}.sqlite?timeout=30'


def keystone(state: State) -> str:
    """Return keystone.conf."""
    return _KEYSTONE.format(
        live=state.live, database=database(state, 'keystone')
    )


def nova(state: State, keystone_url: str, standin_url: str) -> str:
    """Return nova.conf."""
    return _NOVA.format(
        host=HOST,
        live=state.live,
        down_after=DOWN_AFTER_SECONDS,
        api_database=database(state, 'nova_api'),
        database=database(state, 'nova'),
        keystone_url=keystone_url,
        standin_url=standin_url,
        account=_account(keystone_url),
    )


def guard(policy_file: str, more: str) -> str:
    """Return nova-update-guard.conf."""
    return _GUARD.format(policy_file=policy_file, more=more)


def proxy(keystone_url: str, nova_url: str) -> str:
    """Return the further options of a reverse proxy's configuration."""
    return _PROXY.format(
        keystone_url=keystone_url,
        nova_url=nova_url,
        account=_account(keystone_url),
    )


def gunicorn(app: str, port: int, workers: int, threads: int = 1) -> str:
    """Return gunicorn.conf.py."""
    return _GUNICORN.format(
        app=app, host=HOST, port=port, workers=workers, threads=threads
    )


def _account(keystone_url: str) -> str:
    return _ACCOUNT.format(
        keystone_url=keystone_url, person=NOVA, domain=DOMAIN, region=REGION
    )
