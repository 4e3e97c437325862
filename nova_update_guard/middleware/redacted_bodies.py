"""The bodies of nova's responses, redacted: servers, places and errors."""

import json
from collections.abc import Callable
from typing import NamedTuple

from nova_update_guard.compute_api import documents, error_texts
from nova_update_guard.compute_api.faults import NO_DOCUMENT, Refusal
from nova_update_guard.compute_api.place_routes import Place
from nova_update_guard.layers import place_redaction
from nova_update_guard.layers.keyed_hash import HostIdHasher
from nova_update_guard.layers.redaction import Authorize, Taken, View
from nova_update_guard.middleware.places import ShownAt
from nova_update_guard.middleware.responses import Response

_PARTIAL_CONTENT = '206'


class Redacted(NamedTuple):
    """A redacted *response*, attributes *taken* out, and number of *servers*.

    At a place, *servers* is 1: the response.
    """

    response: Response
    taken: Taken
    servers: int


Work = Callable[[bytes], Redacted | Refusal]


def redact(
    response: Response,
    data: bytes,
    view: View,
    authorize: Authorize,
    due: bool,
) -> Redacted | Refusal:
    """Return *response* redacted by *view*; *data* is its body.

    A body that cannot be read cannot be redacted: a response that is not JSON,
    or a part of a document, is refused; where a server document is *due*, so
    is any other document.
    """
    if response.status.startswith(_PARTIAL_CONTENT):
        return NO_DOCUMENT
    try:
        found = documents.read(data) if data else documents.NOTHING
    except ValueError:
        return NO_DOCUMENT
    if found.servers is None and due:
        return NO_DOCUMENT
    taken = view.redact(found.servers or (), authorize)
    if not taken:
        return Redacted(response._replace(body=[data]), taken, found.number)
    redacted = response.with_body(documents.written(found.whole))
    return Redacted(redacted, taken, found.number)


def redact_place(
    response: Response,
    data: bytes,
    place: Place,
    shown: ShownAt,
    hash_host_id: HostIdHasher | None,
) -> Redacted | Refusal:
    """Return *response* of a *place*, with only what is *shown*.

    A body that is not JSON, or a part of a document, is refused.
    """
    if not data:
        return Redacted(response._replace(body=[data]), {}, 0)
    if response.status.startswith(_PARTIAL_CONTENT):
        return NO_DOCUMENT
    try:
        body, taken = place_redaction.redact(data, place, shown, hash_host_id)
    except (ValueError, RecursionError):
        return NO_DOCUMENT
    if not taken:
        return Redacted(response._replace(body=[data]), taken, 1)
    return Redacted(response.with_body(body), taken, 1)


def redact_both(
    on_servers: Work,
    at_place: Callable[[Response, bytes], Redacted | Refusal],
    data: bytes,
) -> Redacted | Refusal:
    """Return a response redacted as one of servers, then as that of a place.

    That of a server, for which the place has no row, stays as it is.
    """
    first = on_servers(data)
    if isinstance(first, Refusal):
        return first
    then = at_place(first.response, b''.join(first.response.body))
    if isinstance(then, Refusal):
        return then
    taken = {**first.taken, **then.taken}
    return Redacted(then.response, taken, max(first.servers, then.servers))


def redact_error(response: Response, shown: ShownAt, data: bytes) -> Redacted:
    """Return an error of nova's, without a text that tells what is hidden.

    The status stays. An error that is not in nova's fault shape stays, too.
    """
    unchanged = Redacted(response._replace(body=[data]), {}, 0)
    try:
        fault = json.loads(data)
        (name,) = fault
        text = fault[name]['message']
    except (ValueError, TypeError, KeyError, RecursionError):
        return unchanged
    told = error_texts.attributes_in(text) if isinstance(text, str) else []
    hidden = [attribute for attribute in told if not shown(attribute)]
    if not hidden:
        return unchanged
    fault[name]['message'] = error_texts.NEUTRAL
    body = json.dumps(fault).encode()
    return Redacted(response.with_body(body), dict.fromkeys(hidden, 1), 1)
