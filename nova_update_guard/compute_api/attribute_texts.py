"""The texts that a policy rule can find in an attribute that has not any text.

A rule compares the text that Python makes of a value: a boolean is ``True`` or
``False``, null is ``None``, a mapping begins with a brace.

Source: the response schemas of ``nova.api.openstack.compute.schemas.servers``,
``nova.objects.fields.InstanceState`` and ``nova.compute.task_states`` in nova
34.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from nova_update_guard.compute_api.server_attributes import FREE_FORM


class Texts(NamedTuple):
    """What *has* each text that a value can have; *words* say which these are.

    *listed* are all of them, if they are few.
    """

    has: Callable[[str], object]
    words: str
    listed: tuple[str, ...] = ()


def _of(*texts: str) -> Texts:
    shown = [text or 'empty' for text in texts]
    return Texts(
        frozenset(texts).__contains__,
        f'it is {", ".join(shown[:-1])} or {shown[-1]}',
        texts,
    )


def _like(pattern: str, words: str) -> Texts:
    return Texts(re.compile(pattern, re.DOTALL).fullmatch, words)


_NULL = 'None'
_MAPPING = 'it is a mapping, of which a rule can name a key behind a dot'
_LIST = "it is a list, such as [] or ['a', 'b'], in which no rule looks"

BOOLEAN = _of('True', 'False')
NUMBER = _like(r'-?\d+(\.\d+)?', 'it is a number')
NUMBER_OR_NULL = _like(r'-?\d+(\.\d+)?|None', 'it is a number or None')
MAPPING = _like(r'\{.*\}', _MAPPING)
MAPPING_OR_EMPTY = _like(r'(\{.*\})?', f'{_MAPPING}, or empty')
LIST = _like(r'\[.*\]', _LIST)
LIST_OR_NULL = _like(r'\[.*\]|None', f'{_LIST}, or None')

# The keys of KEYED_BY_NETWORK are lists.
# fmt: off
TEXTS_BY_ATTRIBUTE = {
    'OS-DCF:diskConfig':           _of('AUTO', 'MANUAL'),
    'OS-EXT-SRV-ATTR:launch_index': NUMBER_OR_NULL,
    'OS-EXT-STS:power_state':      _of('0', '1', '3', '4', '6', '7', _NULL),
    'OS-EXT-STS:task_state':       _like('[a-z_-]+|None',
            'it is in small letters, or None'),
    'OS-EXT-STS:vm_state':         _of(
        'active', 'building', 'deleted', 'error', 'paused', 'rescued',
        'resized', 'shelved', 'shelved_offloaded', 'soft-delete', 'stopped',
        'suspended', _NULL,
    ),
    'addresses':                   MAPPING,
    'config_drive':                _of('True', 'False', '', _NULL),
    'fault':                       MAPPING,
    'fault.code':                  NUMBER,
    'flavor':                      MAPPING,
    'flavor.disk':                 NUMBER,
    'flavor.ephemeral':            NUMBER,
    'flavor.links':                LIST,
    'flavor.ram':                  NUMBER,
    'flavor.swap':                 NUMBER,
    'flavor.vcpus':                NUMBER,
    'host_status':                 _of(
        'UP', 'DOWN', 'MAINTENANCE', 'UNKNOWN', '',
    ),
    'image':                       MAPPING_OR_EMPTY,
    'image.links':                 LIST,
    'links':                       LIST,
    'locked':                      BOOLEAN,
    'os-extended-volumes:volumes_attached': LIST,
    'progress':                    NUMBER_OR_NULL,
    'security_groups':             LIST,
    'server_groups':               LIST,
    'status':                      _of(
        'ACTIVE', 'BUILD', 'DELETED', 'ERROR', 'HARD_REBOOT', 'MIGRATING',
        'PASSWORD', 'PAUSED', 'REBOOT', 'REBUILD', 'RESCUE', 'RESIZE',
        'REVERT_RESIZE', 'SHELVED', 'SHELVED_OFFLOADED', 'SHUTOFF',
        'SOFT_DELETED', 'SUSPENDED', 'UNKNOWN', 'VERIFY_RESIZE',
    ),
    'tags':                        LIST,
    'trusted_image_certificates':  LIST_OR_NULL,
    **dict.fromkeys(FREE_FORM, MAPPING),
}
# fmt: on
