"""The commands and calls whose output is compared; plain data."""

from typing import NamedTuple

from tests.cloud.people import ADMIN, MEMBER, OURS, Person
from tests.cloud.servers import RENAMED

# Begins the words of an error that is none of the client's own.
TRACEBACK = 'Traceback: '
# The request of the action that `history` makes.
REQUEST = 'req-6f1b8f06-0b2e-4a4e-9c1c-1f0c0b7f5d11'

ID = RENAMED.id
# Days on which the servers did not change.
_DAYS = ('--start', '2026-02-11', '--end', '2026-02-20')
# The options of a call.
OPTIONS = {
    'start': '2026-02-11T00:00:00',
    'end': '2026-02-20T00:00:00',
}
_OLDEST = ('--os-compute-api-version', '2.1')
_SHORT = {ID: 'SERVER', REQUEST: 'REQUEST', f' {" ".join(_DAYS)}': ''}


_LIST = ('server', 'list', '--long')
_MOVES = ('server', 'migration', 'list')


class Command(NamedTuple):
    """A program of `programs`, its arguments, and who runs it."""

    program: str
    words: tuple[str, ...]
    person: Person = MEMBER

    @property
    def title(self) -> str:
        """As a user would type it."""
        line = ' '.join((self.program, *self.words))
        for long, short in _SHORT.items():
            line = line.replace(long, short)
        return line

    def __str__(self) -> str:
        who = '' if self.person == MEMBER else f' ({self.person.name})'
        return f'`{self.title}`{who}'


# openstacksdk does not look at the status of this response: it ends in a
# KeyError at each refusal of nova's own, too.
SERVER_IPS = Command('sdk', ('compute.server_ips', ID))

# fmt: off
COMMANDS = (
    Command('openstack', ('server', 'list')),
    Command('openstack', _LIST),
    Command('openstack', (*_LIST, '--all-projects'), ADMIN),
    Command('openstack', (*_OLDEST, *_LIST)),
    Command('openstack', ('server', 'show', ID)),
    Command('openstack', ('server', 'show', ID), ADMIN),
    Command('openstack', (*_OLDEST, 'server', 'show', ID)),
    Command('openstack', ('server', 'event', 'list', ID)),
    Command('openstack', ('server', 'event', 'list', '--long', ID)),
    Command('openstack', ('server', 'event', 'show', ID, REQUEST)),
    Command('openstack', ('server', 'event', 'show', ID, REQUEST), ADMIN),
    Command('openstack', _MOVES, ADMIN),
    Command('openstack', (*_MOVES, '--server', ID), ADMIN),
    Command('openstack', ('usage', 'show', *_DAYS)),
    Command('openstack', ('usage', 'list', *_DAYS), ADMIN),
    Command('nova', ('list',)),
    Command('nova', ('show', ID)),
    Command('nova', ('instance-action-list', ID)),
    Command('nova', ('instance-action', ID, REQUEST), ADMIN),
    Command('nova', ('migration-list',), ADMIN),
    Command('nova', ('interface-list', ID)),
    Command('nova', ('usage', *_DAYS)),
    Command('nova', ('usage-list', *_DAYS), ADMIN),
    Command('sdk', ('list_servers',)),
    Command('sdk', ('compute.servers',)),
    Command('sdk', ('compute.get_server', ID)),
    Command('sdk', ('compute.server_interfaces', ID)),
    SERVER_IPS,
    Command('sdk', ('compute.server_actions', ID)),
    Command('sdk', ('compute.migrations',), ADMIN),
    Command('sdk', ('compute.usages', 'start', 'end'), ADMIN),
    Command('sdk', ('get_compute_usage', OURS, 'start', 'end'), ADMIN),
)
# fmt: on
