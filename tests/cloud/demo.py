"""The demo: a real nova-api, the guard in or before it, and a story.

Run it from the project's folder: python3 -m tests.cloud.demo --help
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cloud import (
    arguments,
    around,
    clients_ready,
    farewell,
    files,
    interpreter,
    occupied,
    own_policy,
    screen,
    story,
)
from tests.cloud.cloud import Cloud
from tests.cloud.errors import CloudError
from tests.cloud.install import installed_python
from tests.cloud.progress import Progress
from tests.cloud.settings import UWSGI, Settings
from tests.cloud.state import State, state


def main(given: Sequence[str] | None = None) -> int:
    """Run the demo; return its exit status."""
    options = arguments.parser().parse_args(given)
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
    ports = arguments.ports(options)
    # What can be known at once is said at once.
    occupied.refuse(ports, arguments.services(options))
    policy = own_policy.read(options.policy) if options.policy else ''
    paths = state(options.state)
    python = options.python or _install(paths)
    settings = Settings(
        workers=2,
        proxies=(UWSGI,) if options.proxy else (),
        policy=policy,
        guard_conf=_guard_conf(options, paths),
    )
    if options.policy:
        screen.title('Checking your policy')
        own_policy.check(
            python, paths, options.policy, settings.guard_conf, _say
        )
    if options.clients:
        interpreter.require(python, 'openstackclient')
    screen.title('A small real cloud')
    with Cloud(python, paths, ports, settings, _say) as cloud:
        _say(f'Up after {time.monotonic() - began:.0f} s.')
        status = _play(cloud, options)
        if options.proxy and arguments.has_story(options):
            around.tell(cloud)
        if not options.once:
            farewell.tell(cloud)
            _stay(cloud)
    _say('Everything is stopped.')
    return status


def _guard_conf(options: argparse.Namespace, paths: State) -> str:
    """Return the guard's options: the profile's, and that it records all."""
    return (
        f'decision_log = {files.decisions(paths)}\n'
        'decision_sample_reads = 1\n'
        f'{arguments.profile(options)}'
    )


def _install(paths: State) -> Path:
    """Return the cloud's own Python, showing how its making comes along."""
    screen.title('Installing keystone, nova and the guard, if need be')
    progress = Progress()
    try:
        return installed_python(paths, progress.report)
    finally:
        progress.end()


def _play(cloud: Cloud, options: argparse.Namespace) -> int:
    """Play what the arguments ask for; return the exit status."""
    # Only of this start; the guard appends to it.
    log = files.decisions(cloud.state)
    if log.exists():
        os.truncate(log, 0)
    if options.policy:
        story.look(cloud)
    if options.clients:
        clients_ready.tell(cloud)
    if arguments.has_story(options):
        return _play_story(cloud, options.profile)
    return 0


def _play_story(cloud: Cloud, profile: str | None = None) -> int:
    stage = story.play(cloud, profile)
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


if __name__ == '__main__':
    sys.exit(main())
