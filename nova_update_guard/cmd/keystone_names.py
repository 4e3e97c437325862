"""The names of all projects and users, from the keystone of a cloud.

The account of the cloud in clouds.yaml asks. What keystone does not give is
left out: a report then has the ids alone.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from keystoneauth1.exceptions import ClientException
from openstack.config import OpenStackConfig
from openstack.connection import Connection
from openstack.exceptions import (
    ConfigException,
    ForbiddenException,
    SDKException,
)

from nova_update_guard.cmd import names_cache
from nova_update_guard.report.cells import printable
from nova_update_guard.report.names import known

LOG = logging.getLogger(__name__)

# In seconds, for each response; api_timeout in clouds.yaml comes before it.
_TIMEOUT = 30
# Of an error, which can quote a whole response.
_MOST_LETTERS = 1000
_LISTS: dict[str, Callable[[Any], Iterable[Any]]] = {
    'project': lambda identity: identity.projects(),
    'user': lambda identity: identity.users(),
}
# The parts of an account by which names may differ; no secret is among them.
_ACCOUNT = (
    'auth_url',
    'application_credential_id',
    'application_credential_name',
    'domain_id',
    'domain_name',
    'project_domain_id',
    'project_domain_name',
    'project_id',
    'project_name',
    'system_scope',
    'trust_id',
    'user_domain_id',
    'user_domain_name',
    'user_id',
    'username',
)


class CloudError(Exception):
    """A cloud that clouds.yaml does not describe; the message says why."""


def names(cloud: str) -> dict[str, dict[str, str]]:
    """Return the names by id, of projects and of users.

    They are read from the file of an earlier call, if it is not too old.
    Without keystone, or its permission, there are none, and the log says why.
    Raises CloudError.
    """
    region = _region(cloud)
    file = names_cache.file(_account(cloud, region))
    kept = names_cache.read(file)
    if kept is not None:
        return kept
    found = _ask(cloud, region)
    # Otherwise the next report would be silent on what is missing.
    if found.keys() == _LISTS.keys():
        try:
            names_cache.write(file, found)
        except OSError as error:
            LOG.warning('The names could not be kept: %s', error)
    return found


def _region(cloud: str) -> Any:
    """Return the configuration of a *cloud*. Raises CloudError."""
    try:
        config = OpenStackConfig()
        clouds = config.get_cloud_names()
        if cloud not in clouds:
            raise CloudError(_no_cloud(config.config_filename, clouds))
        region = config.get_one(cloud=cloud)
        if region.config.get('api_timeout') is None:
            # openstacksdk's own default is to wait for ever.
            region = config.get_one(cloud=cloud, api_timeout=_TIMEOUT)
        return region
    except (ConfigException, ClientException, OSError) as error:
        raise CloudError(_one_line(error)) from None


def _no_cloud(file: str | None, clouds: Iterable[str]) -> str:
    if file is None:
        return (
            'no clouds.yaml could be read in the working directory, in '
            '~/.config/openstack or in /etc/openstack; OS_CLIENT_CONFIG_FILE '
            'can name one elsewhere'
        )
    # openstacksdk makes one of this name where there is no other.
    found = [name for name in clouds if name != 'defaults']
    return f'{file} has no such cloud; it has {", ".join(found) or "none"}'


def _account(cloud: str, region: Any) -> dict[str, str]:
    """Return what distinguishes one list of names from another."""
    auth = region.config.get('auth') or {}
    given = {name: str(auth[name]) for name in _ACCOUNT if auth.get(name)}
    return {'cloud': cloud, 'region': str(region.region_name), **given}


def _ask(cloud: str, region: Any) -> dict[str, dict[str, str]]:
    """Return the names that keystone gives."""
    connection = Connection(config=region)
    found = {}
    for kind, entries in _LISTS.items():
        try:
            found[kind] = known(
                (entry.id, entry.name)
                for entry in entries(connection.identity)
                if isinstance(entry.id, str) and isinstance(entry.name, str)
            )
        except ForbiddenException as error:
            LOG.warning(
                'The %ss have no names: the account of cloud %s may not list '
                'them in keystone. Take one that may. (%s)',
                *(kind, cloud, _one_line(error)),
            )
        # The last ones where what keystone sends is no list of its entries.
        except (
            *(SDKException, ClientException, OSError),
            *(AttributeError, RecursionError, TypeError, ValueError),
        ) as error:
            LOG.warning(
                'The report has ids without names: keystone of cloud %s '
                'could not be asked. (%s)',
                *(cloud, _one_line(error)),
            )
            # One wait is enough.
            break
    return found


def _one_line(error: Exception) -> str:
    return printable(' '.join(str(error)[:_MOST_LETTERS].split()))
