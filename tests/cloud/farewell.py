"""Commands to try while the demo's cloud is up."""

from pathlib import Path
from shlex import quote

from tests.cloud import screen
from tests.cloud.cloud import Cloud
from tests.cloud.people import DOMAIN, NOVA, PEOPLE, REGION
from tests.cloud.servers import RENAMED

_CLOUD = """\
  {person.name}:
    auth:
      auth_url: {auth_url}
      username: {person.name}
      password: {person.password}
      project_name: {person.project}
      user_domain_name: {domain}
      project_domain_name: {domain}
    region_name: {region}
    compute_api_version: '2'
    compute_default_microversion: '2.104'
"""

_COMMANDS = """\
  export OS_CLIENT_CONFIG_FILE={clouds}
  export PATH={bin}:"$PATH"
  openstack --os-cloud member server list
  openstack --os-cloud member server set --name vm1-again {server}
  # Refused, one at a time:
  openstack --os-cloud member server set --name a --description b {server}
  openstack --os-cloud member server show {server}
  openstack --os-cloud admin server show {server}

  TOKEN=$(cat {token})
  curl -s -X PUT -H "X-Auth-Token: $TOKEN" \\
    -H 'Content-Type: application/json' \\
    -H 'OpenStack-API-Version: compute 2.104' \\
    -d '{{"server": {{"name": "vm1-curled"}}}}' \\
    {nova}/servers/{server}
"""


def tell(cloud: Cloud) -> None:
    """Print commands that work as they are, from the current folder."""
    etc = cloud.state.etc
    clouds = etc / 'clouds.yaml'
    _write_private(clouds, _clouds(cloud))
    people = [person for person in PEOPLE.values() if person is not NOVA]
    names = ', '.join(person.name for person in people)
    for person in people:
        _write_private(etc / f'{person.name}.token', cloud.token(person).id)
    screen.title('The cloud is up. In another terminal, from this folder:')
    screen.say(
        _COMMANDS.format(
            clouds=quote(str(clouds)),
            bin=quote(str(cloud.python.absolute().parent)),
            server=RENAMED.id,
            token=quote(_short(etc / 'member.token')),
            nova=cloud.nova_url,
        )
    )
    screen.say(f'People:          {names}')
    screen.say(f'The policy:      {_short(cloud.policy_file)}')
    screen.say(f"nova-api's log:  {_short(cloud.log('nova'))}")
    for proxy in cloud.proxies:
        screen.say(f"The proxy's log: {_short(cloud.log(proxy.name))}")
    screen.say()
    screen.say('Ctrl-C stops everything.')


def _clouds(cloud: Cloud) -> str:
    return 'clouds:\n' + ''.join(
        _CLOUD.format(
            person=person,
            auth_url=cloud.keystone_url,
            domain=DOMAIN,
            region=REGION,
        )
        for person in PEOPLE.values()
    )


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _short(path: Path) -> str:
    """Return *path* as seen from here, if it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
