"""What to do with documents of one kind, by the keys that they have.

nova's answers have few distinct sets of keys: what is decided for one holds
for a thousand servers.
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

# A rule's answer for this caller whatever the server; None if that depends.
Verdict = Callable[[str], bool | None]

# Distinct sets of keys that are remembered. nova chooses them, and no client.
_MAX_PLANS = 64


@dataclass(frozen=True, eq=False)
class RedactionPlan:
    """What to do with every document that has a certain set of keys.

    *hidden* are keys with what stands in their place, *asked* those whose
    rule depends on the server, *nested* those whose value holds documents
    that have to be looked into, *keyed* tells of a host's id. *depends* tells
    whether documents of these keys can come out differently.
    """

    hidden: tuple[tuple[str, object], ...]
    asked: tuple[tuple[str, object, str], ...]
    nested: tuple[str, ...]
    keyed: bool
    depends: bool = field(init=False)

    def __post_init__(self) -> None:
        depends = bool(self.asked or self.nested or self.keyed)
        object.__setattr__(self, 'depends', depends)


class RedactionPlans(OrderedDict[tuple[str, ...], RedactionPlan]):
    """The plan for each set of keys that documents of one kind have.

    *rows* are by key, *unruled* keys are always shown, *nested* are to be
    looked into, *keyed* tells whether the host's id is made another.
    """

    def __init__(
        self,
        rows: Mapping[str, Attribute],
        unruled: Collection[str],
        nested: Collection[str],
        verdict: Verdict,
        keyed: bool,
    ) -> None:
        self._rows = rows
        self._unruled = unruled
        self._nested = nested
        self._verdict = verdict
        self._keyed = keyed

    def __missing__(self, keys: tuple[str, ...]) -> RedactionPlan:
        plan = self[keys] = self._plan(keys)
        if len(self) > _MAX_PLANS:
            self.popitem(last=False)
        return plan

    def _plan(self, keys: tuple[str, ...]) -> RedactionPlan:
        shown = {key: self._shown(key) for key in keys}
        hidden = {key for key, (may, _, _) in shown.items() if may is False}
        return RedactionPlan(
            hidden=tuple(
                (key, value)
                for key, (_, value, _) in shown.items()
                if key in hidden
            ),
            asked=tuple(
                (key, value, rule)
                for key, (may, value, rule) in shown.items()
                if may is None
            ),
            nested=tuple(
                key
                for key in keys
                if key in self._nested and key not in hidden
            ),
            keyed=self._keyed and HOST_ID in keys and HOST_ID not in hidden,
        )

    def _shown(self, key: str) -> tuple[bool | None, object, str]:
        """Return whether *key* is shown, what is otherwise, and the rule."""
        if key in self._unruled:
            return True, DROP, ''
        row = self._rows.get(key)
        rule = row.rule if row else UNLISTED
        return self._verdict(rule), row.hidden if row else DROP, rule
