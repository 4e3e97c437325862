"""Decide again which attributes a recorded response shows."""

from collections.abc import Iterator
from typing import NamedTuple

from nova_update_guard.analysis.replayed_caller import ReplayedCaller
from nova_update_guard.analysis.replayed_fields import (
    OLD_POLICY,
    version_of,
)
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import (
    HOST,
    HOST_ID,
    SERVER_ATTRIBUTES,
    UNLISTED,
    attributes_at,
)
from nova_update_guard.report.findings import Record

RESPONSE = 'the response'
QUERY = 'the query'


class Attribute(NamedTuple):
    """An attribute that *rule* shows now, if it *needs* nothing else."""

    name: str | None
    rule: str | None
    needs: str = ''


def attributes(
    record: Record,
    caller: ReplayedCaller,
    is_matched: bool,
    hashes_host_id: bool,
) -> Iterator[Attribute]:
    """Yield the attributes that are shown otherwise, or may be."""
    rules = _rules(record)
    gone = {name: _of(name, rules, hashes_host_id) for name in record.redacted}
    hidden = [*_hidden(record, rules, caller, is_matched)]
    # A list that is refused by its query shows nothing.
    query = QUERY if hidden and is_list(record) else ''
    for name, deciding in gone.items():
        if is_matched and all(map(caller.is_same, deciding)):
            continue
        results = [caller.now(rule) for rule in deciding]
        if False in results:
            continue
        left = [rule for rule in deciding if caller.now(rule) is not True]
        needs = ', '.join(dict.fromkeys(map(caller.needs, left)))
        yield Attribute(name, deciding[0], needs or query)
    yield from hidden


def is_list(record: Record) -> bool:
    """Return whether *record* may be of a list, with keys in its query."""
    return record.operation == 'read' and record.server_id is None


def _hidden(
    record: Record,
    rules: dict[str, list[str]],
    caller: ReplayedCaller,
    is_matched: bool,
) -> Iterator[Attribute]:
    """Yield the attributes that may be hidden now, where they were shown.

    No record says which attributes a response had.
    """
    others = {
        rule: name
        for name, deciding in {**rules, 'unlisted': [UNLISTED]}.items()
        for rule in deciding
    }
    narrower = [
        rule
        for rule in (*others, HOST)
        if caller.now(rule) is not True
        and not (is_matched and caller.is_same(rule))
    ]
    if narrower and not is_matched:
        yield Attribute(None, None, OLD_POLICY)
        return
    for rule in dict.fromkeys(narrower):
        name = others.get(rule, HOST_ID)
        # What was always hidden, and was not taken out, is not there.
        if caller.before(rule) is not False and name not in record.redacted:
            needs = f'{QUERY}, {RESPONSE}' if is_list(record) else RESPONSE
            yield Attribute(name, rule, needs)


def _rules(record: Record) -> dict[str, list[str]]:
    """Return the rules of each attribute at the version of *record*.

    A request for "latest" is recorded as MAX; an older nova responds with the
    rows of an older version.
    """
    version = version_of(record)
    if version < MAX:
        found = attributes_at(max(version, SERVER_ATTRIBUTES[0].since))
        return {name: [row.rule] for name, row in found.items()}
    rules: dict[str, list[str]] = {}
    for row in SERVER_ATTRIBUTES:
        if row.rule not in rules.setdefault(row.name, []):
            rules[row.name].append(row.rule)
    return rules


def _of(
    name: str, rules: dict[str, list[str]], hashes_host_id: bool
) -> list[str]:
    """Return the rules that must all allow the attribute *name*."""
    deciding = rules.get(name, [UNLISTED])
    parent, _, inner = name.partition('.')
    if inner and parent in rules:
        deciding = [*deciding, *rules[parent]]
    if name == HOST_ID and hashes_host_id:
        deciding = [*deciding, HOST]
    return [*deciding]
