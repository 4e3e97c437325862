"""Decide recorded requests again, by another policy.

A record says less than a request: not the values of fields, nor the server,
nor all credentials. Where a result depends on those, it cannot be told, and
the finding says on what.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nova_update_guard.analysis import replayed_attributes
from nova_update_guard.analysis.replay_words import (
    ALLOWED,
    REFUSED,
    SHOWN,
    UNKNOWN,
)
from nova_update_guard.analysis.replayed_attributes import RESPONSE
from nova_update_guard.analysis.replayed_caller import (
    Identity,
    ReplayedCaller,
    identity,
)
from nova_update_guard.analysis.replayed_fields import (
    PASSED,
    STOPPED,
    FieldsReplay,
    Item,
    Violation,
    level_in,
    level_of,
)
from nova_update_guard.analysis.replayed_keys import KeysReplay
from nova_update_guard.bounded_cache import BoundedCache, size_of
from nova_update_guard.compute_api.server_attributes import SHOW
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers.modes import (
    ENFORCE,
    FIELD_POLICY,
    FIELD_VALIDATION,
    RESPONSE_REDACTION,
)
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.report.findings import Finding, Record

SERVER = 'the server'
# By layer, the prefix of the rules by which it refuses.
_BY_RULE = {
    FIELD_POLICY: 'update_guard:server:update:',
    FIELD_VALIDATION: 'update_guard_constraint:',
    RESPONSE_REDACTION: SHOW,
}
# The reasons of refusals that another policy may not cause.
_ERROR = 'an error in the guard'
_LOOKUP = (
    'nova refused to show the server',
    'the lookup returned no server',
)
_NO_DOCUMENT = 'the response is no valid server document'
_MAX_CALLERS = 32 * 2**20
# Of a caller whose rules are all evaluated.
_CALLER_BYTES = 2**14


class Outcome(NamedTuple):
    """The new decision on a request: as before, without *items*.

    *has_response* says whether nova's response reaches the client for sure.
    """

    kind: int
    items: Sequence[Item]
    has_response: bool


class Replay:
    """Finds what *new* rules decide otherwise than a record says.

    The *old* rules say more of records of their own revision. The *settings*
    must be those by which the records were made.
    """

    def __init__(self, old: Rules, new: Rules, settings: Settings) -> None:
        self._old = old
        self._new = new
        self._settings = settings
        self._keys = KeysReplay(new, settings.extra_attributes)
        self._fields = FieldsReplay(new.constraints, settings)
        self._callers: BoundedCache[Identity, ReplayedCaller] = BoundedCache(
            _MAX_CALLERS
        )

    def __call__(self, record: Record) -> list[Finding]:
        """Return the findings about *record*; none if all is as before."""
        # Without a verified caller, the guard asks no policy.
        if record.user_id is None:
            return []
        caller = self._caller(record)
        is_matched = record.revision == self._old.revision
        every: list[Violation] = [record, *record.also]
        violations = [each for each in every if each.verdict == 'refuse']
        outcome = self._decided(record, violations, caller, is_matched)
        found = [
            _finding(record, outcome.kind, item.field, item.rule, item.needs)
            for item in outcome.items
        ]
        if (
            RESPONSE_REDACTION in self._settings.modes
            and outcome.has_response
            and (record.verdict, record.mode) != ('refuse', ENFORCE)
        ):
            found += self._shown(record, caller, is_matched)
        return found

    def _shown(
        self, record: Record, caller: ReplayedCaller, is_matched: bool
    ) -> Iterator[Finding]:
        attributes = replayed_attributes.attributes(
            record, caller, is_matched, self._settings
        )
        keys = self._keys.sorted_by(record, caller, is_matched)
        for each in (*attributes, *keys):
            kind = UNKNOWN if each.needs else SHOWN
            yield _finding(record, kind, *each)

    def _caller(self, record: Record) -> ReplayedCaller:
        key = identity(record)
        caller = self._callers.get(key)
        if caller is None:
            caller = ReplayedCaller(key, self._old, self._new)
            self._callers.put(key, caller, size_of(key) + _CALLER_BYTES)
        return caller

    def _decided(
        self,
        record: Record,
        violations: Sequence[Violation],
        caller: ReplayedCaller,
        is_matched: bool,
    ) -> Outcome:
        """Return what becomes of the request, and the items that say so."""
        items = [*self._lasting(violations, caller)]
        if record.operation in ('update', 'action'):
            items += self._fields.items(record, violations, caller, is_matched)
        items += self._keys.items(
            violations,
            caller,
            level_in(RESPONSE_REDACTION, violations, self._settings.modes),
        )
        before = max((level_of(v.mode) for v in violations), default=PASSED)
        sure = [item for item in items if not item.needs]
        least = max((item.level for item in sure), default=PASSED)
        most = max((item.level for item in items), default=PASSED)
        if least > before:
            worse = [item for item in sure if item.level > before]
            return Outcome(REFUSED, worse, least < STOPPED)
        if most < before:
            lifted = [
                Item(name, each.rule, before)
                for each in violations
                if level_of(each.mode) == before
                for name in _fields(each)
            ]
            return Outcome(ALLOWED, lifted, True)
        if least == most:
            return Outcome(UNKNOWN, [], least < STOPPED)
        unsure = [i for i in items if i.needs and i.level > least]
        return Outcome(UNKNOWN, unsure, False)

    def _lasting(
        self, violations: Sequence[Violation], caller: ReplayedCaller
    ) -> Iterator[Item]:
        """Yield the violations of other layers, which stay."""
        for each in violations:
            prefix = _BY_RULE.get(each.layer or '')
            rule = each.rule or ''
            if prefix and rule.startswith(prefix):
                continue
            needs = ''
            if rule == _ERROR:
                needs = _ERROR
            elif each.layer and rule in _LOOKUP:
                needs = SERVER
            elif rule == _NO_DOCUMENT and self._may_see_all(caller):
                needs = RESPONSE
            field = each.fields[0] if each.fields else None
            yield Item(field, each.rule, level_of(each.mode), needs)

    def _may_see_all(self, caller: ReplayedCaller) -> bool:
        return all(
            caller.now(rule) is not False for rule in self._keys.show_rules
        )


def _fields(violation: Violation) -> Sequence[str | None]:
    return violation.fields or [None]


def _finding(
    record: Record,
    kind: int,
    field: str | None,
    rule: str | None,
    needs: str,
) -> Finding:
    return Finding(
        kind,
        record.client,
        record.project_id,
        record.user_id,
        field,
        rule,
        record.layer,
        record.operation,
        record.microversion,
        record.revision,
        record.time,
        needs or None,
    )
