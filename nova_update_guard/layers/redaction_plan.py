"""Redaction plans for documents of one kind, by their sets of keys.

nova's responses have few distinct sets of keys: the plan for one holds for a
thousand servers.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from nova_update_guard.compute_api.server_attributes import (
    DROP,
    HOST_ID,
    UNLISTED,
    Attribute,
)

# A rule's result for this caller; None if it depends on the server.
ResultOf = Callable[[str], bool | None]

# The limit of cached plans. nova chooses the sets of keys, not a client.
_MAX_PLANS = 64


@dataclass(frozen=True, eq=False)
class RedactionPlan:
    """The redaction of every document that has a certain set of keys.

    *always_hidden* are keys with their replacements, *conditional* those whose
    rule depends on the server, *nested* those whose value holds documents to
    be inspected; *hash_host_id* says whether a host id may have to be hashed.
    *depends* says whether documents with these keys can have different
    results.
    """

    always_hidden: tuple[tuple[str, object], ...]
    conditional: tuple[tuple[str, object, str], ...]
    nested: tuple[str, ...]
    hash_host_id: bool
    depends: bool = field(init=False)

    def __post_init__(self) -> None:
        depends = bool(self.conditional or self.nested or self.hash_host_id)
        object.__setattr__(self, 'depends', depends)


class RedactionPlans(OrderedDict[tuple[str, ...], RedactionPlan]):
    """A cache of the plans, by the set of keys of a document.

    *rows* are by key, *unruled* keys are always shown, *nested* keys hold
    documents to be inspected, *hash_host_id* says whether host ids are hashed.
    """

    def __init__(
        self,
        rows: Mapping[str, Attribute],
        unruled: Collection[str],
        nested: Collection[str],
        result_of: ResultOf,
        hash_host_id: bool,
    ) -> None:
        self._rows = rows
        self._unruled = unruled
        self._nested = nested
        self._result_of = result_of
        self._hash_host_id = hash_host_id

    def __missing__(self, keys: tuple[str, ...]) -> RedactionPlan:
        plan = self[keys] = self._plan(keys)
        if len(self) > _MAX_PLANS:
            self.popitem(last=False)
        return plan

    def _plan(self, keys: tuple[str, ...]) -> RedactionPlan:
        visibility = {key: self._visibility(key) for key in keys}
        hidden = {
            key for key, (may, _, _) in visibility.items() if may is False
        }
        return RedactionPlan(
            always_hidden=tuple(
                (key, value)
                for key, (_, value, _) in visibility.items()
                if key in hidden
            ),
            conditional=tuple(
                (key, value, rule)
                for key, (may, value, rule) in visibility.items()
                if may is None
            ),
            nested=tuple(
                key
                for key in keys
                if key in self._nested and key not in hidden
            ),
            hash_host_id=self._hash_host_id
            and HOST_ID in keys
            and HOST_ID not in hidden,
        )

    def _visibility(self, key: str) -> tuple[bool | None, object, str]:
        """Return whether *key* is shown, its replacement, and its rule."""
        if key in self._unruled:
            return True, DROP, ''
        row = self._rows.get(key)
        rule = row.rule if row else UNLISTED
        return self._result_of(rule), row.hidden if row else DROP, rule
