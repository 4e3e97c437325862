"""The layers of the guard, and the modes of a layer."""

from collections.abc import Mapping
from typing import NamedTuple


class Layer(NamedTuple):
    """A layer: its *name* is that of its option and of its filter, too.

    *does* is the help of the option. The layer checks the body of the
    operations *checks*; with *counts*, only the counted fields in it.
    """

    name: str
    does: str
    checks: tuple[str, ...] = ()
    counts: bool = False


ONE_PARAMETER = 'one_parameter'
FIELD_VALIDATION = 'field_validation'
FIELD_POLICY = 'field_policy'
RESPONSE_REDACTION = 'response_redaction'

# In the order in which they check a request. Options, filters, and what the
# report accepts follow.
TABLE = (
    Layer(
        ONE_PARAMETER,
        'Refuse an update of more than one parameter.',
        checks=('update',),
        counts=True,
    ),
    Layer(
        FIELD_VALIDATION,
        'Refuse values that nova would refuse, in its words.',
        checks=('update', 'action', 'create'),
    ),
    Layer(
        FIELD_POLICY,
        'Refuse what update_guard:server:update:* denies.',
        checks=('update', 'action', 'create'),
        counts=True,
    ),
    Layer(
        RESPONSE_REDACTION,
        'Redact attributes that update_guard:server:show:* denies.',
    ),
)
# The names of all, of those that check a body, and of those that need the
# server before the change, with counted_fields = changed.
LAYERS = tuple(layer.name for layer in TABLE)
UPDATE = tuple(layer.name for layer in TABLE if 'update' in layer.checks)
ACTION = tuple(layer.name for layer in TABLE if 'action' in layer.checks)
CREATE = tuple(layer.name for layer in TABLE if 'create' in layer.checks)
COUNTING = tuple(layer.name for layer in TABLE if layer.counts)

# Act; only record; do nothing.
ENFORCE = 'enforce'
AUDIT = 'audit'
OFF = 'off'

# By layer, ENFORCE or AUDIT; a layer that is off is missing.
Modes = Mapping[str, str]


def only(modes: Modes, *layers: str) -> Modes:
    """Return the entries of *modes* for *layers*."""
    return {layer: modes[layer] for layer in layers if layer in modes}


def enforced(modes: Modes, *layers: str) -> bool:
    """Return whether one of *layers*, by default of all, is enforced."""
    return ENFORCE in only(modes, *(layers or LAYERS)).values()
