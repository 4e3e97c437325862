"""Pairs of a rule of nova's and one of the guard's about the same thing.

Where nova allows what the guard denies, an operator who has widened nova's
rule may wonder. The other way round, nova decides; but who is an administrator
must be the same in both.
Source: ``nova.policies`` of nova 34, ``.servers``, ``.shelve``, ``.base`` and
``.extended_server_attributes``.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import (
    FIELDS,
    REBUILD,
    RESIZE,
    UNSHELVE,
    UPDATE,
)
from nova_update_guard.compute_api.version import Version
from nova_update_guard.layers.modes import FIELD_POLICY, RESPONSE_REDACTION
from nova_update_guard.policy.trees import ADMIN_RULE

_SERVERS = 'os_compute_api:servers:'
_SHOW = f'{_SERVERS}show:'
# By request, nova's rule for it.
_SETS = {
    UPDATE: f'{_SERVERS}update',
    REBUILD: f'{_SERVERS}rebuild',
    RESIZE: f'{_SERVERS}resize',
    UNSHELVE: 'os_compute_api:os-shelve:unshelve',
}


class Kind(NamedTuple):
    """A kind of difference, in the rules of *layer*; '' stands for all.

    *text* is its message, about *nova*'s rule and *who* is concerned: for each
    group of *callers* with the same *subjects*, the text *who*. If *is_wider*,
    the guard allows more.
    """

    layer: str
    text: str
    who: str = '{callers}'
    is_wider: bool = False


SHOWS = Kind(
    RESPONSE_REDACTION,
    "nova's policy {nova} shows {who}; the guard's rules "
    'update_guard:server:show:* hide them. Widen these rules if the roles '
    'should see them',
    '{subjects} to {callers}',
)
SETS = Kind(
    FIELD_POLICY,
    "nova's policy {nova} lets {who}; the guard's rules "
    'update_guard:server:update:* refuse it with 403. Widen these rules if '
    'the roles should change them',
    '{callers} change {subjects}',
)
_AGREE = (
    '. Set context_is_admin in the policy file of the guard as in that of '
    'nova, then start again: their other rules were not compared for these '
    'callers'
)
ADMIN = Kind(
    '',
    f"nova's policy {{nova}} makes administrators of {{who}}; the guard's "
    f'{{nova}} does not{_AGREE}',
)
NO_ADMIN = Kind(
    '',
    "the guard's {nova} makes administrators of {who}; nova's policy {nova} "
    f'does not{_AGREE}',
    is_wider=True,
)


class Pair(NamedTuple):
    """A rule of *nova*'s, and the guard's *rule* for the same *subject*.

    The subject is an attribute or a field. *server* has the attributes of a
    document that the guard's rule checks.
    """

    kind: Kind
    nova: str
    rule: str
    subject: str = ''
    server: Mapping[str, Any] = MappingProxyType({})


def _pairs() -> Iterator[Pair]:
    yield Pair(ADMIN, ADMIN_RULE, ADMIN_RULE)
    yield Pair(NO_ADMIN, ADMIN_RULE, ADMIN_RULE)
    yield from _shown()
    for row in FIELDS:
        for request in row.set_by:
            yield Pair(SETS, _SETS[request], row.rule, row.name)


def _shown() -> Iterator[Pair]:
    rows = server_attributes.attributes_at(Version(2, 89)) | {
        name: row
        for name, row in server_attributes.attributes_at(MAX).items()
        if not name.endswith(':hostname')
    }
    for name, row in rows.items():
        if name.startswith('OS-EXT-SRV-ATTR:'):
            nova = 'os_compute_api:os-extended-server-attributes'
            yield Pair(SHOWS, nova, row.rule, name)
    for name, nova, server in (
        ('host_status', 'host_status', {'host_status': 'UP'}),
        (
            'host_status',
            'host_status:unknown-only',
            {'host_status': 'UNKNOWN'},
        ),
        ('flavor.extra_specs', 'flavor-extra-specs', {}),
    ):
        yield Pair(SHOWS, f'{_SHOW}{nova}', rows[name].rule, name, server)


# A field has a row for each of its versions.
PAIRS = tuple({pair[:4]: pair for pair in _pairs()}.values())
# The pairs about actions, which the guard checks with check_actions only.
ACTIONS = {nova for request, nova in _SETS.items() if request != UPDATE}
