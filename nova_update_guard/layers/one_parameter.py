"""Check for one field at a time: nova's update of several is not atomic."""

from collections.abc import Collection

from nova_update_guard.compute_api.faults import Refusal


def check(
    counted: Collection[str],
    editable: Collection[str],
    allow_empty: bool,
    field_sets: Collection[frozenset[str]] = (),
) -> Refusal | None:
    """Return a refusal unless the update changes one field.

    *counted* are the names that the update sets, with any values: null, an
    empty string or a default is a change too. *editable* are those it could
    set. Names that are all in one set of *field_sets* count as one.
    """
    if len(counted) == 1 or (allow_empty and not counted):
        return None
    if counted and any(names.issuperset(counted) for names in field_sets):
        return None
    if not counted:
        return Refusal(
            400,
            'An update takes one parameter and none was given. It may be one '
            f'of: {", ".join(editable)}.',
            'no parameter',
        )
    return Refusal(
        400,
        'An update takes one parameter at a time and '
        f'{len(counted)} were given: {", ".join(counted)}.',
        f'{len(counted)} parameters',
        tuple(counted),
    )
