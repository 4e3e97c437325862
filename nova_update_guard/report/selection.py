"""Which records an operator asks about."""

from datetime import UTC, datetime
from typing import NamedTuple

from nova_update_guard.report.findings import Record


class Selection(NamedTuple):
    """From *since* to before *until*, of one project, user, kind of client.

    None asks for all. A *client* is asked for by a part of its name.
    """

    since: datetime | None = None
    until: datetime | None = None
    project: str | None = None
    user: str | None = None
    client: str | None = None

    def takes(self, record: Record) -> bool:
        """Tell whether *record* is one of those."""
        return (
            (self.since is None or record.time >= self.since)
            and (self.until is None or record.time < self.until)
            and (self.project is None or record.project_id == self.project)
            and (self.user is None or record.user_id == self.user)
            and (self.client is None or self.client in (record.client or ''))
        )


def moment(text: str) -> datetime:
    """Return the moment that *text* names in ISO 8601; UTC if it says none.

    A date is its midnight. Raises ValueError, with what is wrong.
    """
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            return time.replace(tzinfo=UTC)
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f'{text!r} is no date or time; write 2026-11-24 or '
            '2026-11-24T19:00Z'
        ) from None
