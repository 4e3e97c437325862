"""The series of decisions that layers can count: labels by labels.

Each is there from the start: an increase from nothing to 1 is none to
Prometheus, and "nothing would be refused" would be told of what would.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from nova_update_guard.audit import record
from nova_update_guard.audit.record import ALLOW, REDACT, REFUSE
from nova_update_guard.compute_api.create_fields import CREATE_FIELDS
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.layers.modes import (
    RESPONSE_REDACTION,
    TABLE,
    Layer,
    Modes,
)

# Operation, layer, verdict, mode, field.
Labels = tuple[str, str, str, str, str]

_SEVERAL = '(several)'
OPERATIONS = ('update', 'action', 'create', 'read', 'other')
_BODIES = ('update', 'action', 'create')

_OTHERS = ('', _SEVERAL, record.UNKNOWN)
_FIELDS = {
    *(row.name for row in UPDATE_FIELDS),
    *(row.field for row in CREATE_FIELDS),
    *_OTHERS,
}
# What a query can ask for, and be sorted by.
_KEYS = {*record.NAMES, *_OTHERS}


def field(fields: tuple[str, ...]) -> str:
    """Return the label for *fields*: the only one, _SEVERAL, or empty."""
    known = record.names(fields)
    return known[0] if len(known) == 1 else _SEVERAL if known else ''


def decisions(modes: Modes) -> Iterator[Labels]:
    """Yield the labels of all decisions of layers in *modes*."""
    for layer in TABLE:
        if layer.name in modes:
            yield from _of_layer(layer, modes[layer.name])
    # What no single layer decides.
    for mode in {*modes.values()}:
        yield from product(_BODIES, [''], [REFUSE, ALLOW], [mode], _FIELDS)
        yield from product(OPERATIONS, [''], [REFUSE, ALLOW], [mode], [''])


def _of_layer(layer: Layer, mode: str) -> Iterable[Labels]:
    refused = product(layer.checks, [layer.name], [REFUSE], [mode], _FIELDS)
    if layer.name != RESPONSE_REDACTION:
        return refused
    verdicts = [REFUSE, REDACT]
    return (
        *refused,
        *product(['read'], [layer.name], verdicts, [mode], _KEYS),
        *product(OPERATIONS, [layer.name], verdicts, [mode], ['']),
    )
