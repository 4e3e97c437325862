"""The outputs of all commands, with one attribute hidden after another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from tests.clients import reading
from tests.clients.commands import (
    COMMANDS,
    SERVER_IPS,
    TRACEBACK,
    Command,
)
from tests.cloud import files, processes
from tests.cloud.clients import Clients, Reported
from tests.cloud.people import ADMIN, MEMBER

# Of each kind one: what neutron tells too, what administrators alone see,
# what users write, what every client shows, and what clients look into.
TYPICAL = (
    'addresses',
    'OS-EXT-SRV-ATTR:host',
    'metadata',
    'status',
    'flavor',
)
NOTHING = '# All is shown.\n'

Printed = Mapping[Command, Reported]


def measure(
    cloud: Any,
    attributes: Sequence[str],
    say: Callable[[str], None],
    commands: Sequence[Command] = COMMANDS,
) -> tuple[Printed, Mapping[str, Printed]]:
    """Return what *commands* print, and by hidden attribute what then."""
    with ExitStack() as stack:
        clients = {
            person: stack.enter_context(
                Clients(cloud, person, 'tests.clients.programs')
            )
            for person in (MEMBER, ADMIN)
        }

        def printed(policy: str) -> Printed:
            cloud.write_policy(policy)
            return {
                command: clients[command.person].run(
                    command.program, *command.words
                )
                for command in commands
            }

        say('nothing is hidden')
        before = printed(NOTHING)
        hidden = {}
        for attribute in attributes:
            say(f'{attribute} is hidden')
            rule = f'update_guard:server:show:{attribute}'
            hidden[attribute] = printed(f'"{rule}": "!"\n')
    return before, hidden


def add_history(cloud: Any) -> None:
    """Make an action and a migration of a server."""
    conf = files.folder(cloud.state, 'nova') / 'nova.conf'
    log = cloud.state.log('history')
    with processes.started(
        [cloud.python, '-m', 'tests.clients.history', conf],
        log,
        processes.surroundings(),
    ) as process:
        processes.finish(process, 'Making an action and a migration', log)


def problems(before: Printed, hidden: Mapping[str, Printed]) -> Iterator[str]:
    """Yield what failed with nothing hidden, and where a client stumbled."""
    for command, reported in before.items():
        if not reported.content:
            yield f'nothing hidden: {command.title}: {reported.words}'
    for attribute, printed in hidden.items():
        for command, reported in printed.items():
            stumbled = reported.words.startswith(TRACEBACK)
            if stumbled and command != SERVER_IPS:
                yield f'{attribute} hidden: {command.title}: {reported.words}'


def lines(before: Printed, hidden: Mapping[str, Printed]) -> Iterator[str]:
    """Yield the page: by attribute a table of what is other than before."""
    for attribute, printed in hidden.items():
        yield f'## `{attribute}` hidden\n\n'
        yield '| command | what a user reads |\n| --- | --- |\n'
        same = []
        for command, reported in printed.items():
            words = _read(before[command], reported)
            if words:
                yield f'| {command} | {words} |\n'
            else:
                same.append(str(command))
        yield f'\nAs before: {", ".join(same)}.\n\n'


def _read(before: Reported, reported: Reported) -> str:
    words = reading.message(reported.words)
    if words.startswith(TRACEBACK):
        return f'**{words}**'
    if not reported.content:
        return f'"{words}"'
    return ', '.join(
        reading.differences(
            reading.rows(before.words), reading.rows(reported.words)
        )
    )
