"""Check that policy lets this caller change these fields."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from nova_update_guard.compute_api.create_fields import CreateField
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.update_fields import Field

_NO_RULE = 'no rule'


def check(
    names: Iterable[str],
    editable: Mapping[str, Field | CreateField],
    can: Callable[[str], bool],
) -> Iterator[Refusal]:
    """Yield a refusal, with the rule, for each of *names* that policy denies.

    A name that is not *editable* has no rule: nobody may change it. Only the
    first of those is refused: a client can send thousands of them.
    """
    unruled: str | None = None
    for name in names:
        rule = editable[name].rule if name in editable else _NO_RULE
        if rule is _NO_RULE:
            if unruled is not None:
                continue
            unruled = name
            message = f'No policy rule allows {name!r} to be changed.'
        elif can(rule):
            continue
        else:
            message = f"Policy doesn't allow {rule} to be performed."
        yield Refusal(403, message, rule, (name,))
