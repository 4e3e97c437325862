"""The requests of known clients, on the real cloud by profile."""

import dataclasses
import functools
import itertools
import re
from typing import NamedTuple

from nova_update_guard.deploy.known_clients import KNOWN
from nova_update_guard.layers.changes import attribute
from tests.cloud.clients import Clients, Reported
from tests.cloud.people import ADMIN
from tests.cloud.processes import ROOT
from tests.cloud.servers import RENAMED, UP
from tests.integration.cloud_requests import message, put, said_since, visible
from tests.integration.cloud_settings import AT_DEBUG

FOLDER = ROOT / 'etc' / 'nova-update-guard' / 'profiles'
PROFILES = ('strict', 'horizon', 'interop')

BY_HTTP = 'by HTTP'
_UNSET = 'openstack server unset'
# The programs that do what a known client does, where they can be had.
PROGRAMS = {
    'openstack server set': ('openstack_set',),
    _UNSET: ('openstack_unset',),
    'openstacksdk': ('sdk_fetched', 'sdk_by_id'),
    'python-novaclient': ('novaclient_update',),
}
# The strictest and the laxest: what lies between is tried by HTTP.
WITH_PROGRAMS = ('strict', 'interop')
# Which options a program sends, and as what, no profile changes.
WITH_OPTIONS = 'interop'
DONE = {
    profile: [
        (known, program)
        for known in KNOWN
        for program in (BY_HTTP, *PROGRAMS.get(known.client, ()))
        if program == BY_HTTP or profile in WITH_PROGRAMS
    ]
    for profile in PROFILES
}
# Of each program's options: those alone that no known client uses, and all
# in one command. Each combination of the fields is in test_profiles.py.
_ALONE = ('hostname', 'pinned_availability_zone')
_ABLE = ('name', 'description', *_ALONE)
COMBINED = [
    (program, fields, fields)
    for program, able in (
        ('openstack_set', _ABLE),
        ('sdk_fetched', _ABLE),
        ('sdk_by_id', _ABLE),
        ('novaclient_update', _ABLE[:3]),
    )
    for fields in (*((name,) for name in _ALONE if name in able), able)
]
# A new one beside one as it was.
COMBINED += [
    (program, ('name', 'description'), ('description',))
    for program in ('openstack_set', 'sdk_fetched', 'sdk_by_id')
]
# These compare with what they have fetched, and send what differs.
COMPARING = {'openstack_set', 'sdk_fetched'}

_NUMBERS = itertools.count(1)
_NAMED = re.compile(r'\d were given: ([\w, ]+)\.')


class Outcome(NamedTuple):
    """Whether the server has the new values, and the client's message."""

    works: bool
    words: str

    @property
    def named(self):
        """The parameters that the refusal names."""
        found = _NAMED.search(self.words)
        return set(found[1].split(', ')) if found else set()


class Measured(NamedTuple):
    """All outcomes under a profile, and the log of nova's start."""

    log: str
    done: dict
    combined: dict


class Trials:
    """Outcomes by profile: nova is started once with each, on demand."""

    def __init__(self, cloud):
        self._cloud = cloud
        self.under = functools.cache(self._under)

    def _under(self, profile):
        log = self._cloud.log('nova')
        start = log.stat().st_size
        lines = (FOLDER / f'{profile}.conf').read_text()
        self._cloud.restart_nova(
            dataclasses.replace(AT_DEBUG, guard_conf=lines)
        )
        said = said_since(log, start)
        with Clients(self._cloud) as clients:
            # What clients send alike by HTTP is sent once.
            tried = functools.cache(functools.partial(self._try, clients))
            return Measured(
                said,
                {
                    (known, program): tried(program, *known[2:])
                    for known, program in DONE[profile]
                },
                {
                    done: tried(*done)
                    for done in COMBINED
                    if profile == WITH_OPTIONS
                },
            )

    def _try(self, clients, program, sends, changes):
        """Do it, and see for ourselves whether it has been done."""
        self._arrange(changes)
        before = document(self._cloud)
        values = _values(program, sends, changes, before)
        if program == BY_HTTP:
            reported = _reported(put(self._cloud, values))
        else:
            reported = clients.run(program, RENAMED.id, values)
        after = document(self._cloud)
        wanted = before | {
            attribute(field): values[field] for field in changes
        }
        assert _lasting(after) == _lasting(
            wanted if reported.content else before
        )
        return Outcome(*reported)

    def _arrange(self, changes):
        """Have a description, and no pin if there is to be a new one."""
        values = {'description': fresh('description')}
        if 'pinned_availability_zone' in changes:
            values['pinned_availability_zone'] = None
        for field, value in values.items():
            response = put(self._cloud, {field: value}, ADMIN)
            assert response.status == 200, response.body


def document(cloud):
    """Return the server, as an administrator sees it."""
    (server,) = visible(cloud, ADMIN, f'/servers/{RENAMED.id}')
    return server


def fresh(field):
    """Return a value that *field* never had before."""
    number = next(_NUMBERS)
    return {
        'accessIPv4': f'203.0.113.{number % 254 + 1}',
        'accessIPv6': f'2001:db8:f::{number:x}',
        # nova takes the zone that the server is in, and no other.
        'pinned_availability_zone': UP.zone,
    }.get(field, f'{field.replace("_", "-")}-{number}')


def _values(program, sends, changes, before):
    return {
        field: _new(program, field)
        if field in changes
        else before[attribute(field)]
        for field in sends
    }


def _new(program, field):
    return '' if program == 'openstack_unset' else fresh(field)


def _lasting(server):
    return {
        # nova shows no description as null, whatever it was cleared by.
        **{name: value or None for name, value in server.items()},
        'updated': None,
    }


def _reported(response):
    assert response.status in (200, 400), response.body
    content = response.status == 200
    return Reported(content, '' if content else message(response))
