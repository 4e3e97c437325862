"""Check requests by their bodies: what updates, actions, creates share."""

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from nova_update_guard.compute_api import microversions
from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.compute_api.version import Version
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers.modes import FIELD_VALIDATION, UPDATE
from nova_update_guard.middleware import request_body
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.lookup import Lookup
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.policy.enforcer import Caller
from nova_update_guard.wsgi_types import WSGIApplication

Violations = Iterator[Violation]

_TOO_DEEP = Refusal(400, 'The body is nested too deeply', 'unreadable body')


class UpdateContext(NamedTuple):
    """A request to change *server*, and its caller."""

    request: GuardedRequest
    caller: Caller
    server: Lookup

    @property
    def authorize(self) -> Callable[[str], bool]:
        """The check of a rule for this caller and server.

        It raises NovaFailedError if the rule needs the server and the lookup
        fails.
        """
        return functools.partial(self.caller.authorize, server=self.server)


class BodyRequest:
    """Checks requests of one kind by *settings*; lookups go to *app*.

    Yields violations in the order of the layers. The guard stops at the one
    that refuses the request. After the last one, the body for nova is
    replaced by the document that was checked, if any layer enforces.
    """

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._modes = settings.modes
        self._read = functools.partial(
            request_body.read,
            max_bytes=settings.max_body_bytes,
            seconds=settings.body_timeout,
        )

    def _readable(
        self,
        check: Callable[[UpdateContext, Decision], Violations],
        request: GuardedRequest,
        caller: Caller,
        decision: Decision,
    ) -> Violations:
        """Yield the violations that *check* finds, or that of a bad request.

        A bad request has a malformed microversion, or an unreadable body.
        """
        server = Lookup(self._app, request.environ)
        decision.lookups[request.server_id or ''] = server
        try:
            yield from check(UpdateContext(request, caller, server), decision)
        except microversions.BadVersionError as error:
            refusal = Refusal(400, str(error), 'malformed microversion')
        except request_body.UnreadableError as error:
            refusal = error.refusal
        except RecursionError:
            refusal = _TOO_DEEP
        else:
            return
        finally:
            decision.before = server.document
            decision.nova_ns += server.nanoseconds
        yield Violation(UPDATE, refusal)

    def _validated(
        self,
        context: UpdateContext,
        decision: Decision,
        check: Callable[[object, Version], Refusal | None],
    ) -> tuple[Any, Refusal | None]:
        """Return the document of a request, None without a body.

        With the refusal that *check* has for it, if that layer is on.
        """
        version = context.request.version
        decision.version = str(version)
        document = self._read(context.request.environ)
        if document is None or FIELD_VALIDATION not in self._modes:
            return document, None
        return document, check(document, version)


def each(layer: str, refuses: Iterator[Refusal]) -> Violations:
    """Yield each refusal as a violation of *layer*, or a failed lookup."""
    try:
        for refusal in refuses:
            yield Violation((layer,), refusal)
    except NovaFailedError as error:
        yield Violation((layer,), error.refusal)
