"""The layers of the guard, and what each of them can do."""

from collections.abc import Mapping

ONE_PARAMETER = 'one_parameter'
FIELD_VALIDATION = 'field_validation'
FIELD_POLICY = 'field_policy'
RESPONSE_REDACTION = 'response_redaction'
LAYERS = (ONE_PARAMETER, FIELD_VALIDATION, FIELD_POLICY, RESPONSE_REDACTION)

# Act; only tell what it would have done; nothing.
ENFORCE = 'enforce'
AUDIT = 'audit'
OFF = 'off'

# By layer, ENFORCE or AUDIT; a layer that is off is not there.
Modes = Mapping[str, str]


def only(modes: Modes, *layers: str) -> Modes:
    """Return those of *modes* that are of one of *layers*."""
    return {layer: modes[layer] for layer in layers if layer in modes}


def enforced(modes: Modes, *layers: str) -> bool:
    """Tell whether one of *layers*, or any if none is named, acts."""
    return ENFORCE in only(modes, *(layers or LAYERS)).values()
