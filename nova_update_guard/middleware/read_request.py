"""Check requests that read: lists, and places that show what is hidden."""

from collections.abc import Iterable, Iterator

import webob

from nova_update_guard.compute_api import microversions
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.layers import list_query
from nova_update_guard.middleware import places
from nova_update_guard.middleware.places import ShownAt
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.policy.enforcer import Caller

_QUERY = Refusal(400, 'The query is not UTF-8', 'a query that is not UTF-8')


class ReadRequest:
    """Checks what a request would reveal.

    *extra_attributes* are declared by the operator.
    """

    def __init__(self, extra_attributes: Iterable[str]) -> None:
        self._key_rules = list_query.rules(extra_attributes)

    def check(
        self, request: GuardedRequest, caller: Caller, shown: ShownAt
    ) -> Iterator[Refusal]:
        """Yield why *request* is refused.

        Its filters or sort keys would reveal hidden attributes, or its place
        would show nothing but a hidden one.
        """
        refusal = self._check_list(request, caller)
        if refusal:
            yield refusal
        if request.route.place:
            yield from places.check(request.route.place, shown)

    def _check_list(
        self, request: GuardedRequest, caller: Caller
    ) -> Refusal | None:
        """Refuse a list of servers by keys that reveal hidden attributes."""
        if not (request.query and request.route.is_list):
            return None
        try:
            version = request.version
        except microversions.BadVersionError:
            # nova refuses this request. MAX: assume that nova ignores no key.
            version = microversions.MAX
        try:
            # Parsed by webob, as in nova, so that both read the same keys.
            query = {'QUERY_STRING': request.query}
            keys = webob.Request(query).GET.items()
        except UnicodeDecodeError:
            return _QUERY
        return list_query.check(
            keys, version, caller.authorize, self._key_rules
        )
