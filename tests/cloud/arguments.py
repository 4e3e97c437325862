"""The arguments of the demo."""

import argparse
from pathlib import Path

from tests.cloud.ports import USUAL, Ports
from tests.cloud.processes import ROOT
from tests.cloud.proxies import SHIPPED

_PROFILES = SHIPPED / 'profiles'
_SECTION = '[update_guard]\n'
_ALWAYS = ('nova', 'keystone', 'standin')


def parser() -> argparse.ArgumentParser:
    """Return the parser of the demo's arguments."""
    made = argparse.ArgumentParser(
        prog='python3 -m tests.cloud.demo',
        description='Start keystone and nova-api on this machine, with the '
        'guard in nova, and play a story on them. The first start installs '
        'them, which takes some minutes; later ones take seconds.',
    )
    made.add_argument(
        '--proxy',
        action='store_true',
        help='have the guard in a reverse proxy before nova, not in nova',
    )
    made.add_argument(
        '--once',
        action='store_true',
        help='end after the story, with status 0 only if every step of it '
        'gave the expected result; else the cloud stays up until Ctrl-C',
    )
    _add_guard(made)
    made.add_argument(
        '--state',
        type=Path,
        default=ROOT / '.cloud',
        metavar='DIR',
        help='where everything is kept (%(default)s)',
    )
    made.add_argument(
        '--python',
        type=Path,
        metavar='PATH',
        help='a Python that has nova, keystone, gunicorn and the guard, and '
        'for --proxy pyuwsgi and httptools; nothing is installed then',
    )
    _add_ports(made)
    return made


def ports(options: argparse.Namespace) -> Ports:
    """Return the ports that the arguments name."""
    return Ports(
        options.keystone_port,
        options.nova_port,
        options.standin_port,
        # No other service may have to give way to one that does not start.
        options.proxy_port if options.proxy else None,
    )


def services(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the services that need a port."""
    return (*_ALWAYS, 'proxy') if options.proxy else _ALWAYS


def has_story(options: argparse.Namespace) -> bool:
    """Say whether the story is to be played."""
    return not (options.policy or options.clients)


def profile(options: argparse.Namespace) -> str:
    """Return the lines for [update_guard] of the profile, if there is one."""
    if not options.profile:
        return ''
    text = (_PROFILES / f'{options.profile}.conf').read_text()
    return text.partition(_SECTION)[2]


def _add_guard(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        '--profile',
        choices=sorted(path.stem for path in _PROFILES.glob('*.conf')),
        help='have the options of this profile of '
        'etc/nova-update-guard/profiles in force',
    )
    made.add_argument(
        '--policy',
        type=Path,
        metavar='FILE',
        help='have a copy of your own policy file in force, after it is '
        'checked; no story then, which has a policy of its own',
    )
    made.add_argument(
        '--clients',
        action='store_true',
        help='no story; print clouds.yaml, and commands of the openstack '
        'client, which is ready to use with it',
    )


def _add_ports(made: argparse.ArgumentParser) -> None:
    for service in (*_ALWAYS, 'proxy'):
        made.add_argument(
            f'--{service}-port',
            type=_port,
            metavar='N',
            help='0 is any free one (default: '
            f'{USUAL[service]}, or any free one)',
        )


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f'{text!r} is no port: 0 to 65535')
    return port
