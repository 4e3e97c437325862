"""Parse decision records strictly, and split them into findings."""

from datetime import datetime, timezone
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec

from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    SHOW,
    UNLISTED,
)
from nova_update_guard.layers.modes import LAYERS

# The effect of a finding on a request or its response.
REFUSED, WOULD_REFUSE, REDACTED, WOULD_REDACT = range(4)
# The names of columns, by these numbers.
KINDS = ('refused', 'would be refused', 'redacted', 'would be redacted')

_KIND = {
    ('refuse', 'enforce'): REFUSED,
    ('refuse', 'audit'): WOULD_REFUSE,
    ('redact', 'enforce'): REDACTED,
    ('redact', 'audit'): WOULD_REDACT,
}
_ATTRIBUTES = {row.name for row in SERVER_ATTRIBUTES}

# Horizon's User-Agent is its library's. Its "Edit Instance" is known by the
# two fields that it sends together; other users of the library can do so, too.
NOVACLIENT = 'python-novaclient'
_FORM = {'name', 'description'}
HORIZON = f'{NOVACLIENT} (Horizon?)'

# Bounds, so that no record needs more than its share of memory or time. The
# guard's own records stay far below them.
Text = Annotated[str, msgspec.Meta(max_length=255)]
Fields = Annotated[list[Text], msgspec.Meta(max_length=1000)]
# mypy wants the names themselves in a Literal.
Layer: TypeAlias = Literal[LAYERS]  # type: ignore[valid-type]
Verdict = Literal['allow', 'refuse', 'redact']
Mode = Literal['enforce', 'audit']


class Further(msgspec.Struct, gc=False):
    """One more finding about the same request."""

    layer: Layer | None
    mode: Mode
    verdict: Verdict
    rule: Text | None
    fields: Fields


class Record(msgspec.Struct, gc=False):
    """One decision record, with the finding that decides.

    Keys that the report does not use are ignored. *sample* is the share of
    such records that the guard keeps.
    """

    time: Annotated[datetime, msgspec.Meta(tz=True)]
    user_id: Text | None
    project_id: Text | None
    client: Text | None
    operation: Literal['update', 'action', 'create', 'read', 'other']
    microversion: Text | None
    fields: Fields
    layer: Layer | None
    verdict: Verdict
    mode: Mode
    rule: Text | None
    revision: Text | None
    sample: Annotated[float, msgspec.Meta(gt=0, le=1)]
    redacted: Annotated[dict[Text, int], msgspec.Meta(max_length=1000)] = {}
    also: Annotated[list[Further], msgspec.Meta(max_length=100)] = []
    roles: Fields | None = None
    server_id: Text | None = None
    request_id: Text | None = None
    status: int | None = None


class Finding(NamedTuple):
    """One finding about one field of a request, with values to group it by."""

    kind: int
    client: str | None
    project: str | None
    user: str | None
    field: str | None
    rule: str | None
    layer: str | None
    operation: str
    microversion: str | None
    revision: str | None
    time: datetime
    # What a decision that cannot be told depends on; only in a replay.
    depends_on: str | None = None


_DECODER = msgspec.json.Decoder(Record)


def read(line: bytes) -> Record:
    """Parse the record in *line*. Raises ValueError if it is not a record."""
    try:
        record = _DECODER.decode(line)
        if record.time.tzinfo is not timezone.utc:
            record.time = record.time.astimezone(timezone.utc)
    except (OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None
    return record


def client(record: Record) -> str | None:
    """Return the User-Agent of the request, or HORIZON if it may be that."""
    if record.client == NOVACLIENT and record.operation == 'update':
        also = [name for each in record.also for name in each.fields]
        if {*record.fields, *also} == _FORM:
            return HORIZON
    return record.client


def is_refused_by_nova(record: Record) -> bool:
    """Return whether nova refused what the guard in audit would refuse.

    Nobody breaks by that, when the guard enforces.
    """
    kinds = [
        _KIND[each.verdict, each.mode]
        for each in _deciding(record)
        if each.verdict != 'allow'
    ]
    is_audit = WOULD_REFUSE in kinds and REFUSED not in kinds
    return is_audit and 400 <= (record.status or 0) < 500


def findings(record: Record) -> list[Finding]:
    """Return the findings of a request; none if it is only allowed."""
    found: list[Finding] = []
    sender = client(record)
    for finding in _deciding(record):
        if finding.verdict == 'allow':
            continue
        kind = _KIND[finding.verdict, finding.mode]
        for field, rule in _fields(record, finding):
            found.append(
                Finding(
                    kind,
                    sender,
                    record.project_id,
                    record.user_id,
                    field,
                    rule,
                    finding.layer,
                    record.operation,
                    record.microversion,
                    record.revision,
                    record.time,
                )
            )
    return found


def _deciding(record: Record) -> list[Record | Further]:
    return [record, *record.also]


def _fields(
    record: Record, finding: Record | Further
) -> list[tuple[str | None, str | None]]:
    """Return the fields of *finding*, each with the rule that decided.

    For a redacted document they are the attributes taken out, each with the
    rule that hides it.
    """
    # With a rule, it is a sort key that was taken out of a list's query.
    if finding.verdict == 'redact' and finding.rule is None:
        hidden = record.redacted or finding.fields
        if hidden:
            return [(name, _hides(name)) for name in dict.fromkeys(hidden)]
    fields: list[str | None] = [*dict.fromkeys(finding.fields)]
    return [(name, finding.rule) for name in fields or [None]]


def _hides(attribute: str) -> str:
    return f'{SHOW}{attribute}' if attribute in _ATTRIBUTES else UNLISTED
