"""The requests that change something, and their bodies."""

from typing import Any, NamedTuple

from tests.canary.seed import (
    ANOTHER_VOLUME,
    IMAGE,
    NETWORK,
    USER_DATA,
    VOLUME,
)
from tests.whole_nova.client import LEGACY, NEWEST


class Step(NamedTuple):
    """A request that changes the server of its own, by *method* and *path*.

    *body* may be a function of the minor version.
    """

    method: str
    path: str
    body: Any = None
    since: int = LEGACY
    until: int = NEWEST

    def body_at(self, minor: int) -> Any:
        """Return the body for 2.*minor*."""
        return self.body(minor) if callable(self.body) else self.body


def _do(action: str, argument: Any = None, **when: int) -> Step:
    return Step('POST', '/action', {action: argument}, **when)


def _rebuild(minor: int) -> Any:
    action: dict[str, Any] = {
        'imageRef': IMAGE,
        'name': 'canary-name',
        'metadata': {'canary-metadata-key': 'canary-metadata-value'},
        'accessIPv4': '192.0.2.77',
    }
    if minor >= 57:
        action['user_data'] = USER_DATA
    return {'rebuild': action}


def _live(minor: int) -> Any:
    action: dict[str, Any] = {'host': None, 'block_migration': False}
    if minor >= 25:
        action['block_migration'] = 'auto'
    else:
        action['disk_over_commit'] = False
    return {'os-migrateLive': action}


def _lock(minor: int) -> Any:
    reason = {'locked_reason': 'canary-locked-reason'}
    return {'lock': reason if minor >= 73 else None}


def attach(_: int) -> Any:
    """Return the body that attaches a volume."""
    return {'volumeAttachment': {'volumeId': ANOTHER_VOLUME}}


VNC = {'remote_console': {'protocol': 'vnc', 'type': 'novnc'}}
META = {'canary-metadata-key': 'canary-metadata-value'}
BACKUP = {'name': 'canary-image', 'backup_type': 'daily', 'rotation': 1000}

# In this order each succeeds, on a server that is well.
STORY = (
    Step('GET', ''),
    Step('PUT', '', {'server': {'name': 'canary-name'}}),
    Step('PUT', '', {'server': {'accessIPv4': '192.0.2.77'}}),
    Step('PUT', '', {'server': {'description': 'canary-description'}}, 19),
    Step('PUT', '/metadata', {'metadata': META}),
    Step('POST', '/metadata', {'metadata': {'one': 'more'}}),
    Step('PUT', '/metadata/one', {'meta': {'one': 'more'}}),
    Step('DELETE', '/metadata/one'),
    Step('PUT', '/tags', {'tags': ['canary-tag']}, 26),
    Step('PUT', '/tags/another', None, 26),
    Step('DELETE', '/tags/another', None, 26),
    Step('POST', '/os-volume_attachments', attach),
    Step(
        'PUT',
        f'/os-volume_attachments/{ANOTHER_VOLUME}',
        {
            'volumeAttachment': {
                'volumeId': ANOTHER_VOLUME,
                'delete_on_termination': True,
            }
        },
        85,
    ),
    Step('DELETE', f'/os-volume_attachments/{ANOTHER_VOLUME}'),
    Step('POST', '/os-interface', {'interfaceAttachment': {}}),
    Step(
        'POST', '/os-interface', {'interfaceAttachment': {'net_id': NETWORK}}
    ),
    Step('GET', '/os-interface'),
    Step('POST', '/remote-consoles', VNC, 8),
    Step('POST', '/shares', {'share': {'share_id': VOLUME}}, 97),
    Step('GET', '/shares', None, 97),
    _do('os-getConsoleOutput', {}),
    _do('os-getVNCConsole', {'type': 'novnc'}, until=5),
    _do('os-getSPICEConsole', {'type': 'spice-html5'}, until=5),
    _do('os-getSerialConsole', {'type': 'serial'}, until=5),
    _do('os-getRDPConsole', {'type': 'rdp-html5'}, until=5),
    _do('addSecurityGroup', {'name': 'default'}),
    _do('removeSecurityGroup', {'name': 'default'}),
    _do('addFixedIp', {'networkId': NETWORK}, until=43),
    _do('removeFixedIp', {'address': '192.168.1.30'}, until=43),
    _do('addFloatingIp', {'address': '192.168.1.99'}, until=43),
    _do('removeFloatingIp', {'address': '192.168.1.99'}, until=43),
    _do('resetNetwork'),
    _do('injectNetworkInfo'),
    _do('changePassword', {'adminPass': 'another-password'}),
    _do('reboot', {'type': 'HARD'}),
    Step('POST', '/action', _lock),
    _do('unlock'),
    _do('pause'),
    _do('unpause'),
    _do('suspend'),
    _do('resume'),
    _do('os-stop'),
    _do('os-start'),
    _do('rescue'),
    _do('unrescue'),
    _do('trigger_crash_dump', None, since=17),
    _do('createImage', {'name': 'canary-image'}),
    _do('createBackup', BACKUP),
    Step('POST', '/action', _rebuild),
    _do('resize', {'flavorRef': 'big'}),
    Step('GET', ''),
    _do('os-stop'),
    _do('revertResize'),
    _do('migrate'),
    _do('confirmResize'),
    Step('GET', '/migrations', None, 23),
    Step('POST', '/action', _live),
    _do('shelve'),
    _do('shelveOffload'),
    _do('unshelve'),
    _do('restore'),
    _do('evacuate', {}, since=14),
    _do('evacuate', {'onSharedStorage': False}, until=13),
    Step('POST', '/migrations/1/action', {'force_complete': None}, 22),
    Step('DELETE', '/migrations/1', None, 24),
    Step('DELETE', '/os-server-password'),
    Step('DELETE', '/tags', None, 26),
    _do('os-resetState', {'state': 'error'}),
    Step('GET', '/os-instance-actions'),
    Step('PUT', '', {'server': {'name': 'canary-name'}}),
    Step('DELETE', ''),
    _do('forceDelete'),
)
