"""The clients' own files and commands, for ``--clients``."""

import subprocess

from tests.cloud import clouds, farewell, screen
from tests.cloud.cloud import Cloud
from tests.cloud.errors import CloudError
from tests.cloud.processes import surroundings
from tests.cloud.servers import RENAMED

_LIST = 'openstack --os-cloud member server list'

_COMMANDS = """\
  . {shell}
  {list}
  openstack --os-cloud member server show {server}
  openstack --os-cloud admin server show {server}
  # Refused, one at a time:
  openstack --os-cloud member server set --name a --description b {server}

  curl -s -X PUT -H "X-Auth-Token: $(cat {token})" \\
    -H 'Content-Type: application/json' \\
    -H 'OpenStack-API-Version: compute 2.104' \\
    -d '{{"server": {{"name": "vm1-curled"}}}}' \\
    {nova}/servers/{server}
"""


def tell(cloud: Cloud) -> None:
    """Print clouds.yaml and commands, after one of them has worked.

    Raises CloudError if it has not.
    """
    shell = farewell.prepare(cloud)
    screen.title(f'clouds.yaml, also in {farewell.clouds_file(cloud)}')
    screen.say(clouds.yaml_of(cloud))
    screen.title('The openstack client, with this clouds.yaml')
    screen.say(f'$ {_LIST}')
    screen.say(_listed(cloud))
    screen.title('Commands for it, from this folder')
    screen.say(
        _COMMANDS.format(
            shell=farewell.short(shell),
            list=_LIST,
            server=RENAMED.id,
            token=farewell.short(cloud.state.etc / 'member.token'),
            nova=cloud.nova_url,
        )
    )


def _listed(cloud: Cloud) -> str:
    done = subprocess.run(
        [cloud.python, '-m', 'openstackclient.shell', *_LIST.split()[1:]],
        env=surroundings(
            OS_CLIENT_CONFIG_FILE=str(farewell.clouds_file(cloud))
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CloudError(f'{_LIST} failed. It said:\n{done.stderr.strip()}')
    return done.stdout.rstrip()
