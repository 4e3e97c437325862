"""Places: refuse a request for what is hidden, and redact the responses.

A rule that names the server's values is checked with a lookup, once per
server and request.
"""

from collections.abc import Iterator

from nova_update_guard.compute_api import error_texts, routes
from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.compute_api.place_routes import Place, rule_of
from nova_update_guard.compute_api.places import NONE
from nova_update_guard.middleware.decision import Decision
from nova_update_guard.middleware.lookup import Lookup
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.policy.enforcer import Caller
from nova_update_guard.wsgi_types import WSGIApplication

# In one response. Of further servers, what depends on the server is hidden:
# each lookup is a request to nova.
_MAX_LOOKUPS = 100

# The rules of what errors tell.
TEXT_RULES = {name: rule_of(name) for name in error_texts.ATTRIBUTES}


class ShownAt:
    """Tells what *caller* may see of the servers that a response is about.

    Lookups are sent to *app*; *decision* keeps them, and counts their time as
    nova's.
    """

    def __init__(
        self,
        app: WSGIApplication,
        request: GuardedRequest,
        caller: Caller,
        decision: Decision,
    ) -> None:
        self._app = app
        self._request = request
        self._caller = caller
        self._decision = decision

    def __call__(self, attribute: str, server_id: str = '') -> bool:
        """Return whether *attribute* of a server is shown.

        Without a *server_id*, of the one in the path. What depends on a
        server that cannot be looked up is not shown.
        """
        try:
            return self.raising(attribute, server_id)
        except NovaFailedError:
            return False

    def raising(self, attribute: str, server_id: str = '') -> bool:
        """Return the same, but raise NovaFailedError if the lookup fails."""
        rule = rule_of(attribute)
        result = self._caller.authorize(rule)
        server_id = server_id or self._request.server_id or NONE
        if result is None and server_id != NONE:
            lookup = self._lookup(server_id)
            if lookup:
                before = lookup.nanoseconds
                try:
                    return self._caller.authorize(rule, lookup)
                finally:
                    self._decision.nova_ns += lookup.nanoseconds - before
        return bool(result)

    def _lookup(self, server_id: str) -> Lookup | None:
        lookups = self._decision.lookups
        if server_id not in lookups and len(lookups) < _MAX_LOOKUPS:
            path = routes.server_path(self._request.path, server_id)
            lookups[server_id] = Lookup(self._app, self._request.environ, path)
        return lookups.get(server_id)


def check(place: Place, shown: ShownAt) -> Iterator[Refusal]:
    """Yield the refusal of a request for *place*, which shows one attribute.

    A failed lookup yields nova's own response.
    """
    try:
        is_shown = shown.raising(place.whole)
    except NovaFailedError as error:
        yield error.refusal
        return
    if not is_shown:
        rule = rule_of(place.whole)
        yield Refusal(
            403,
            f"Policy doesn't allow {rule} to be performed.",
            rule,
            (place.whole,),
        )


def ask_in_english(request: GuardedRequest, caller: Caller) -> None:
    """Take the wish for a translation out of *request*.

    Only if an error could tell what *caller* may not see: a translated text
    could not be recognised.
    """
    key = 'HTTP_ACCEPT_LANGUAGE'
    if key in request.environ and not all(
        caller.authorize(rule) for rule in TEXT_RULES.values()
    ):
        del request.environ[key]
