"""What to try next, while the demo's cloud is up."""

from pathlib import Path
from shlex import quote
from typing import NamedTuple

from tests.cloud import clouds, files, screen
from tests.cloud.cloud import Cloud
from tests.cloud.people import NOVA, PEOPLE
from tests.cloud.proxies import SHIPPED
from tests.cloud.servers import RENAMED

_SHELL = """\
export OS_CLIENT_CONFIG_FILE={clouds}
export PATH={bin}:"$PATH"
"""


class Next(NamedTuple):
    """A command to try next, and what it is good for."""

    about: str
    command: str


def commands(cloud: Cloud) -> tuple[Next, ...]:
    """Return commands that work as they are, in a prepared shell."""
    conf = f'--config-file {short(files.guard_conf(cloud.state))}'
    log = short(files.decisions(cloud.state))
    rule = 'update_guard:server:update:accessIPv4'
    sample = SHIPPED / 'update-guard-policy.yaml.sample'
    return (
        Next(
            'A member changes one field of a server:',
            'openstack --os-cloud member server set --name vm1-again '
            f'{RENAMED.id}',
        ),
        Next(
            'Who was refused, or got less than there is? With names:',
            f'nova-update-guard report {log} --by project --by user --by '
            'rule --os-cloud admin',
        ),
        Next(
            'Why may a member change the address, or not?',
            f'nova-update-guard policy explain {conf} --rule {rule} --roles '
            'member',
        ),
        Next(
            'Who may change and see what? As a page for a browser:',
            f'nova-update-guard policy matrix {conf} --html '
            f'{short(cloud.state.folder / "matrix.html")}',
        ),
        Next(
            'What would another policy have decided? Here the sample:',
            f'nova-update-guard policy replay {log} {conf} --policy-file '
            f'{short(sample)} --by user --by rule --os-cloud admin',
        ),
    )


def prepare(cloud: Cloud) -> Path:
    """Write clouds.yaml and tokens; return what prepares a shell for them."""
    etc = cloud.state.etc
    _write_private(clouds_file(cloud), clouds.yaml_of(cloud))
    for person in PEOPLE.values():
        if person is not NOVA:
            _write_private(
                etc / f'{person.name}.token', cloud.token(person).id
            )
    shell = etc / 'clients.sh'
    shell.write_text(
        _SHELL.format(
            clouds=quote(str(clouds_file(cloud))),
            bin=quote(str(cloud.python.parent)),
        )
    )
    return shell


def clouds_file(cloud: Cloud) -> Path:
    """Return where clouds.yaml is."""
    return cloud.state.etc / 'clouds.yaml'


def tell(cloud: Cloud) -> None:
    """Print what to try next, from the current folder."""
    shell = prepare(cloud)
    names = ', '.join(name for name in PEOPLE if name != NOVA.name)
    screen.title('The cloud is up. In another terminal, from this folder:')
    screen.say(f'  . {short(shell)}')
    screen.say()
    screen.say('Try next:')
    for number, (about, command) in enumerate(commands(cloud), 1):
        screen.say()
        screen.say(f'  # {number}. {about}')
        screen.say(f'  {command}')
    screen.say()
    screen.say(f'People:          {names}')
    screen.say(f'The policy:      {short(cloud.policy_file)}')
    screen.say(
        '                 Change it: the guard reads it within seconds.'
    )
    screen.say(f'Its records:     {short(files.decisions(cloud.state))}')
    screen.say(f"nova-api's log:  {short(cloud.log('nova'))}")
    for proxy in cloud.proxies:
        screen.say(f"The proxy's log: {short(cloud.log(proxy.name))}")
    screen.say()
    screen.say('Ctrl-C, or a SIGTERM, stops everything.')


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def short(path: Path) -> str:
    """Return *path* for a shell, as seen from here if it is below."""
    here = Path.cwd()
    return quote(
        str(path.relative_to(here) if path.is_relative_to(here) else path)
    )
