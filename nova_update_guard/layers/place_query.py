"""Check the filters of places, which can reveal hidden values.

Pure: the present time is passed in.
"""

import datetime
from collections.abc import Mapping

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.place_filters import PLACE_FILTERS
from nova_update_guard.compute_api.place_routes import rule_of
from nova_update_guard.compute_api.version import Version
from nova_update_guard.layers import list_query
from nova_update_guard.layers.list_query import Pairs, Verdict

ROUTES = frozenset(row.route for row in PLACE_FILTERS)
# The times that nova accepts in a query of usages, in UTC.
_TIMES = ('%Y-%m-%dT%H:%M:%S', '%Y-%m-%dT%H:%M:%S.%f', '%Y-%m-%d %H:%M:%S.%f')


def check(
    query: Pairs,
    version: Version | None,
    verdict: Verdict,
    route: str,
    own: Mapping[str, str | None],
    now: datetime.datetime,
) -> Refusal | None:
    """Return a refusal for the first filter in *query* that reveals too much.

    *route* is nova's of the place, *version* None if it is not known. Keys
    without a row are nova's own affair. A rule that depends on the server
    counts as denied; the caller's *own* values reveal nothing, by key, nor
    does a period that ends *now* or later.
    """
    rows = {
        row.key: row
        for row in PLACE_FILTERS
        if row.route == route and (version is None or row.since <= version)
    }
    telling = [
        (key, value)
        for key, value in query
        if key in rows and not (rows[key].is_end and _is_after(value, now))
    ]
    return list_query.refusal(
        telling, lambda key: (rule_of(rows[key].attribute),), verdict, own
    )


def _is_after(text: str, now: datetime.datetime) -> bool:
    """Return whether *text*, a time as nova reads it, is not before *now*."""
    for form in _TIMES:
        try:
            time = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        return time.replace(tzinfo=datetime.timezone.utc) >= now
    return False
