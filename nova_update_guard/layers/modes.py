"""The layers of the guard, and the modes of a layer."""

from collections.abc import Mapping

ONE_PARAMETER = 'one_parameter'
FIELD_VALIDATION = 'field_validation'
FIELD_POLICY = 'field_policy'
RESPONSE_REDACTION = 'response_redaction'
LAYERS = (ONE_PARAMETER, FIELD_VALIDATION, FIELD_POLICY, RESPONSE_REDACTION)

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
