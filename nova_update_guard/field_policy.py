"""Whether policy lets this caller change these parameters."""

from collections.abc import Callable, Iterable, Mapping

from nova_update_guard.editable import Editable
from nova_update_guard.faults import Refuse


def judge(
    names: Iterable[str],
    editable: Mapping[str, Editable],
    can: Callable[[str], bool],
) -> Refuse | None:
    """Refuse the first of *names* whose rule says no; the message names it.

    A name that is not *editable* has no rule and is nobody's to change.
    """
    for name in names:
        if name not in editable:
            return Refuse(
                403,
                f'No policy lets {name!r} be changed.',
                'no rule',
                (name,),
            )
        rule = editable[name].rule
        if not can(rule):
            return Refuse(
                403,
                f"Policy doesn't allow {rule} to be performed.",
                rule,
                (name,),
            )
    return None
