"""Select the records of a report."""

import re
from datetime import datetime, timezone
from typing import NamedTuple

from oslo_utils import timeutils

from nova_update_guard.report.findings import Record, client

# A date, a time of it, a zone. The library also reads days of a year and more
# digits than there are, and so takes a slip for another day.
_MOMENT = re.compile(
    r'(\d{4}-\d\d-\d\d|\d{8})'
    r'([T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?',
    re.ASCII,
)


class Selection(NamedTuple):
    """Records from *since* to before *until*, of a project, user and client.

    Or those of one request, or of one *server*. None selects all. *client* is
    a part of a client's name.
    """

    since: datetime | None = None
    until: datetime | None = None
    project: str | None = None
    user: str | None = None
    client: str | None = None
    request_id: str | None = None
    server: str | None = None

    def takes(self, record: Record) -> bool:
        """Return whether *record* is selected."""
        return (
            (self.since is None or record.time >= self.since)
            and (self.until is None or record.time < self.until)
            and (self.project is None or record.project_id == self.project)
            and (self.user is None or record.user_id == self.user)
            and self.request_id in (None, record.request_id)
            and self.server in (None, record.server_id)
            and (self.client is None or self.client in (client(record) or ''))
        )

    def hint(self) -> str:
        """Return what may be wrong if no record is selected; '' if nothing."""
        if not (self.user or self.project):
            return ''
        return (
            '--user and --project take an id, not a name: openstack user show '
            'NAME, and openstack project show NAME, tell it.'
        )


def moment(text: str) -> datetime:
    """Return the time that *text* names in ISO 8601; UTC if it names no zone.

    A date is its midnight. Raises ValueError, whose message says what is
    wrong.
    """
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        # Python 3.10's own reads neither Z nor a time without colons.
        return timeutils.parse_isotime(text).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(
            f'{text!r} is not a date or time; write 2026-11-24 or '
            '2026-11-24T19:00Z'
        ) from None
