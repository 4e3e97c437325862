"""Find sort keys that reveal hidden values, and take them out of a query.

Source: ``VALID_SORT_KEYS*`` and ``SERVER_LIST_IGNORE_SORT_KEY*`` in
``nova.api.openstack.compute.schemas.servers``, ``get_sort_params`` in
``nova.api.openstack.common`` and ``remove_invalid_sort_keys`` in
``nova.api.openstack.compute.servers``, all of nova 34.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from nova_update_guard.compute_api.version import Version
from nova_update_guard.layers import list_query
from nova_update_guard.layers.list_query import RULES, KeyRules, Verdict

# nova's own order, whatever is asked.
DEFAULT_KEY = 'created_at'
# fmt: off
# The keys by which nova sorts from 2.1 on; its schemas refuse all others.
SORT_KEYS = frozenset((
    'access_ip_v4', 'access_ip_v6', 'auto_disk_config', 'availability_zone',
    'config_drive', DEFAULT_KEY, 'display_description', 'display_name',
    'host', 'hostname', 'image_ref', 'instance_type_id', 'kernel_id',
    'key_name', 'launch_index', 'launched_at', 'locked', 'locked_by', 'node',
    'power_state', 'progress', 'project_id', 'ramdisk_id',
    'root_device_name', 'task_state', 'terminated_at', 'updated_at',
    'user_id', 'uuid', 'vm_state',
))

# nova accepts these and does not sort by them; from 2.75 on it refuses them.
# It sorts by "locked" from 2.73 on.
IGNORED = frozenset((
    'architecture', 'cell_name', 'cleaned', 'default_ephemeral_device',
    'default_swap_device', 'deleted', 'deleted_at', 'disable_terminate',
    'ephemeral_gb', 'ephemeral_key_uuid', 'id', 'key_data', 'launched_on',
    'memory_mb', 'os_type', 'reservation_id', 'root_gb',
    'shutdown_terminate', 'user_data', 'vcpus', 'vm_mode',
))
# fmt: on

# webob's separators; it drops what is empty between two of them.
_SEPARATOR = re.compile('([&;])')

Pairs = Iterable[tuple[str, str]]


class HiddenKey(NamedTuple):
    """A sort *key* of a query, and the *rule* that hides what it reveals.

    *pairs* are the positions of its pairs in the query: that of the key, and
    that of the direction which nova would sort it in, if there is one.
    """

    key: str
    rule: str
    pairs: tuple[int, ...]


def hidden(
    query: Pairs,
    version: Version | None,
    verdict: Verdict,
    key_rules: KeyRules = RULES,
) -> list[HiddenKey]:
    """Return the sort keys in *query* that reveal too much, in its order.

    A rule that depends on the server counts as denied: nova sorts servers
    before the guard has any of them. *version* is None if it is not known.
    """
    keys: list[tuple[int, str]] = []
    directions: list[int] = []
    for position, (name, value) in enumerate(query):
        if name == 'sort_key':
            # nova does the same; under /v2 no schema checks it before.
            keys.append((position, value.strip()))
        elif name == 'sort_dir':
            directions.append(position)
    found = []
    for number, (position, key) in enumerate(keys):
        rules = _rules(key, version, key_rules)
        denied = [rule for rule in rules if not verdict(rule)]
        if denied:
            # nova gives the first key the first direction, and so on.
            pairs = (position, *directions[number : number + 1])
            found.append(HiddenKey(key, denied[0], pairs))
    return found


def without(query: str, keys: Iterable[HiddenKey]) -> str:
    """Return the text *query* without *keys* and their directions.

    All other pairs stay as they are, byte for byte and in their order.
    """
    taken = {position for key in keys for position in key.pairs}
    parts = ['', *_SEPARATOR.split(query)]
    kept = _kept([*zip(parts[::2], parts[1::2], strict=True)], taken)
    # What a first pair leaves behind begins with a separator.
    return kept if query[:1] in '&;' else kept.lstrip('&;')


def _kept(segments: Iterable[tuple[str, str]], taken: Collection[int]) -> str:
    """Return *segments*, each behind its separator, without those *taken*.

    Empty segments are no pairs, and have no position.
    """
    kept = []
    position = 0
    for separator, text in segments:
        if not (text and position in taken):
            kept.append(separator + text)
        position += bool(text)
    return ''.join(kept)


def _rules(
    key: str, version: Version | None, key_rules: KeyRules
) -> tuple[str, ...]:
    """Return the rules that must all allow *key*."""
    if key == DEFAULT_KEY or key in IGNORED:
        return ()
    if (
        key in SORT_KEYS
        or list_query.is_declared(key, key_rules)
        or list_query.takes_any_key(version)
    ):
        return key_rules.get(key, list_query.UNKNOWN)
    # nova refuses the request, in its own words.
    return ()
