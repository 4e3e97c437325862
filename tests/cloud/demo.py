"""The demo: a real nova-api, the guard in or before it, and a story.

Run it from the project's folder: python3 -m tests.cloud.demo --help
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cloud import around, farewell, screen, story
from tests.cloud.cloud import Cloud
from tests.cloud.errors import CloudError
from tests.cloud.install import installed_python
from tests.cloud.ports import Ports
from tests.cloud.processes import ROOT
from tests.cloud.progress import Progress
from tests.cloud.settings import UWSGI, Settings
from tests.cloud.state import State, state


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return its exit status."""
    options = _parser().parse_args(arguments)
    # A polite kill is an ordinary end, with everything stopped on the way.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return _demo(options)
    except CloudError as error:
        screen.say()
        screen.complaint(str(error))
        return 1
    except KeyboardInterrupt:
        screen.say()
        screen.say('Interrupted; everything is stopped.')
        return 130


def _demo(options: argparse.Namespace) -> int:
    began = time.monotonic()
    paths = state(options.state)
    python = options.python or _install(paths)
    settings = Settings(workers=2, proxies=(UWSGI,) if options.proxy else ())
    screen.title('A small real cloud')
    with Cloud(python, paths, _ports(options), settings, _say) as cloud:
        _say(f'Up after {time.monotonic() - began:.0f} s.')
        status = _play(cloud)
        if options.proxy:
            around.tell(cloud)
        if not options.once:
            farewell.tell(cloud)
            _stay(cloud)
    _say('Everything is stopped.')
    return status


def _ports(options: argparse.Namespace) -> Ports:
    return Ports(
        options.keystone_port,
        options.nova_port,
        options.standin_port,
        options.proxy_port,
    )


def _install(paths: State) -> Path:
    """Return the cloud's own Python, showing how its making comes along."""
    screen.title('Installing keystone, nova and the guard, if need be')
    progress = Progress()
    try:
        return installed_python(paths, progress.report)
    finally:
        progress.end()


def _play(cloud: Cloud) -> int:
    stage = story.play(cloud)
    screen.title('The story')
    if stage.failed:
        for title in stage.failed:
            _say(f'FAIL {title}')
        for service in ('nova', *(proxy.name for proxy in cloud.proxies)):
            _say(f'The log of {service} is {cloud.log(service)}')
        return 1
    _say(f'All {stage.steps} steps gave the expected result.')
    return 0


def _stay(cloud: Cloud) -> None:
    """Return at Ctrl-C; CloudError if a service ends before that."""
    try:
        while True:
            cloud.check()
            time.sleep(1)
    except KeyboardInterrupt:
        screen.say()


def _say(text: str) -> None:
    screen.say(f'  {text}')


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python3 -m tests.cloud.demo',
        description='Start keystone and nova-api on this machine, with the '
        'guard in nova, and play a story on them. The first start installs '
        'them, which takes a minute or two; later ones take seconds.',
    )
    parser.add_argument(
        '--proxy',
        action='store_true',
        help='have the guard in a reverse proxy before nova, not in nova',
    )
    parser.add_argument(
        '--once',
        action='store_true',
        help='end after the story, with status 0 only if every step of it '
        'gave the expected result; else the cloud stays up until Ctrl-C',
    )
    parser.add_argument(
        '--state',
        type=Path,
        default=ROOT / '.cloud',
        metavar='DIR',
        help='where everything is kept (%(default)s)',
    )
    parser.add_argument(
        '--python',
        type=Path,
        metavar='PATH',
        help='a Python that has nova, keystone, gunicorn and the guard, and '
        'for --proxy pyuwsgi and pycurl; nothing is installed then',
    )
    _add_ports(parser)
    return parser


def _add_ports(parser: argparse.ArgumentParser) -> None:
    for service, usual in (
        ('nova', 8774),
        ('keystone', 5000),
        ('standin', 9696),
        ('proxy', 8871),
    ):
        parser.add_argument(
            f'--{service}-port',
            type=_port,
            metavar='N',
            help=f'0 is any free one (default: {usual}, or any free one)',
        )


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f'{text!r} is no port: 0 to 65535')
    return port


if __name__ == '__main__':
    sys.exit(main())
