"""Decide the recorded fields of an update or action again."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nova_update_guard.analysis.replayed_caller import ReplayedCaller
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import fields_at
from nova_update_guard.compute_api.version import Version
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers import changes
from nova_update_guard.layers.constraints import Constraint
from nova_update_guard.layers.modes import (
    ENFORCE,
    FIELD_POLICY,
    FIELD_VALIDATION,
    ONE_PARAMETER,
    Modes,
)
from nova_update_guard.report.findings import Further, Record

# How far a violation goes: it is only recorded, or it refuses the request.
PASSED, AUDITED, STOPPED = range(3)

# The guard's own word for a field that nobody may change.
NO_RULE = 'no rule'
VALUE = 'the value'
SERVER = 'the server'
OTHER_FIELDS = 'the other fields'
OLD_POLICY = 'the policy of that time'

Violation = Record | Further


class Item(NamedTuple):
    """A violation under the new policy, of *rule* about *field*.

    It is certain unless it *needs* what the record does not say.
    """

    field: str | None
    rule: str | None
    level: int
    needs: str = ''


class RecordedFields(NamedTuple):
    """The fields that a record names; *are_all* if there were no others."""

    names: Sequence[str]
    are_all: bool


def level_of(mode: str | None) -> int:
    """Return how far a violation goes of a layer in *mode*, None if off."""
    if mode is None:
        return PASSED
    return STOPPED if mode == ENFORCE else AUDITED


def level_in(layer: str, violations: Sequence[Violation], modes: Modes) -> int:
    """Return how far violations of *layer* go, by the record if it says so."""
    said = [each.mode for each in violations if each.layer == layer]
    return level_of(said[0] if said else modes.get(layer))


def version_of(record: Record) -> Version:
    """Return the microversion of *record*; MAX if it has none."""
    major, _, minor = (record.microversion or '').partition('.')
    if major.isdecimal() and minor.isdecimal():
        return Version(int(major), int(minor))
    return MAX


class FieldsReplay:
    """Decides fields by new rules, with *constraints* and *settings*."""

    def __init__(
        self, constraints: Sequence[Constraint], settings: Settings
    ) -> None:
        self._constraints = constraints
        self._settings = settings
        self._modes: Modes = settings.modes

    def items(
        self,
        record: Record,
        violations: Sequence[Violation],
        caller: ReplayedCaller,
        is_matched: bool,
    ) -> Iterator[Item]:
        """Yield the violations that *record*'s request has, or may have."""
        version = version_of(record)
        if record.operation == 'action':
            if not self._settings.checks_actions:
                return
            version = MAX
        fields = self._fields(record, violations)
        rules = {name: row.rule for name, row in fields_at(version).items()}
        policy = level_in(FIELD_POLICY, violations, self._modes)
        others = () if fields.are_all else rules.keys() - {*fields.names}
        kept = _Kept(violations, caller) if is_matched else None
        for name in fields.names:
            if name in rules:
                yield from _denied(caller, name, rules[name], policy, kept)
            elif policy:
                yield Item(name, NO_RULE, policy)
        if any(caller.now(rules[name]) is not True for name in others):
            yield Item(None, None, policy, OTHER_FIELDS)
        yield from self._of_constraints(
            [*fields.names, *others], violations, caller, is_matched
        )
        if self._settings.counts_changed:
            yield from self._of_hidden(rules, caller, is_matched)

    def _fields(
        self, record: Record, violations: Sequence[Violation]
    ) -> RecordedFields:
        """Return the fields that *record* names.

        A refusal names its own only; one that counts parameters names all,
        and without one there is a single parameter.
        """
        if not violations:
            return RecordedFields(record.fields, True)
        for each in violations:
            if each.layer == ONE_PARAMETER:
                return RecordedFields(each.fields, True)
        names = [name for each in violations for name in each.fields]
        is_single = (
            record.operation == 'update'
            and ONE_PARAMETER in self._modes
            and all(
                len(names) == 1 for names in self._settings.allowed_field_sets
            )
        )
        return RecordedFields([*dict.fromkeys(names)], is_single)

    def _of_constraints(
        self,
        fields: Sequence[str],
        violations: Sequence[Violation],
        caller: ReplayedCaller,
        is_matched: bool,
    ) -> Iterator[Item]:
        """Yield what constraints may find, in values that are not recorded.

        A value that has passed is valid if the caller was not exempt.
        """
        level = level_in(FIELD_VALIDATION, violations, self._modes)
        found = {each.rule for each in violations}
        passed = all(each.mode != ENFORCE for each in violations)
        for each in self._constraints:
            exempt = each.field not in fields or caller.now(each.rule) is True
            if exempt or not level:
                continue
            needs = '' if each.rule in found else VALUE
            was_valid = passed and caller.before(each.rule) is False
            if needs and is_matched and was_valid:
                continue
            if caller.now(each.rule) is not False and not needs:
                needs = caller.needs(each.rule)
            yield Item(each.field, each.rule, level, needs)

    def _of_hidden(
        self, rules: dict[str, str], caller: ReplayedCaller, is_matched: bool
    ) -> Iterator[Item]:
        """Yield doubt where other fields may count, as hidden or as changed.

        With counted_fields = changed, a field that the caller may not see
        counts, also if its value is as it was.
        """
        level = max(
            level_of(self._modes.get(FIELD_POLICY)),
            level_of(self._modes.get(ONE_PARAMETER)),
        )
        for name in rules:
            rule = changes.RULES[name]
            if not is_matched or not caller.is_same(rule):
                needs = SERVER if is_matched else OLD_POLICY
                yield Item(name, rule, level, needs)


class _Kept:
    """The results in a record of the old policy, which the new one keeps."""

    def __init__(
        self, violations: Sequence[Violation], caller: ReplayedCaller
    ) -> None:
        self._denied = {each.rule for each in violations}
        # Otherwise the guard has stopped, and left rules out.
        self._are_all = all(each.mode != ENFORCE for each in violations)
        self._caller = caller

    def result(self, rule: str) -> bool | None:
        """Return the result that *rule* had and has; None if unknown."""
        if not self._caller.is_same(rule):
            return None
        if rule in self._denied:
            return False
        return True if self._are_all else None


def _denied(
    caller: ReplayedCaller,
    name: str,
    rule: str,
    level: int,
    kept: _Kept | None,
) -> Iterator[Item]:
    result = caller.now(rule)
    if not isinstance(result, bool) and kept:
        result = kept.result(rule)
    if result is not True and level:
        needs = '' if result is False else caller.needs(rule)
        yield Item(name, rule, level, needs)
