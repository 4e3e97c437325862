"""The places where guard and nova differ on purpose; there are no others.

Each is told by what the request is and what nova made of it, and says what
the guard must answer then: a difference that is gone is a failure as well.
"""

import functools
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import microversion_parse
import msgspec
import webob.headers

from nova_update_guard.compute_api import action_fields, routes
from nova_update_guard.compute_api.microversions import (
    LEGACY_HEADER,
    LEGACY_V2,
    Version,
)
from tests.equivalence import tables
from tests.equivalence.wire import Response

if TYPE_CHECKING:
    from tests.equivalence.actions import Checked as CheckedAction
    from tests.equivalence.routing import Requested
    from tests.equivalence.verdicts import Checked
    from tests.equivalence.versions import Read


class Difference(NamedTuple):
    """Where *applies*, the guard must answer with one of *statuses*."""

    name: str
    reason: str
    applies: Callable[[Any], bool]
    statuses: tuple[int, ...]
    words: str = ''

    def problem(self, response: Response) -> str | None:
        """Return the problem with the guard's *response*, or None."""
        # An answer to HEAD has no words.
        words = str(response.json) if response.body else self.words
        if response.status in self.statuses and self.words in words:
            return None
        return f'{self.name}: the guard answers {response.status}'


def _names_a_method(requested: 'Requested') -> bool:
    """Tell whether a key of the query is ``_method``, however it is cut."""
    received = requested.alone.received
    if received is None:
        return False
    keys = (
        pair.partition('=')[0]
        for pair in received.query.replace(';', '&').split('&')
    )
    return any(unquote(key, errors='ignore') == '_method' for key in keys)


def _looks_like_an_update(requested: 'Requested') -> bool:
    """Return whether it is an update, but not for nova."""
    received = requested.alone.received
    if received is None or requested.alone.is_update:
        return False
    segments = [segment for segment in received.path.split('/') if segment]
    return received.method.upper() == 'PUT' and segments[-2:-1] in (
        ['servers'],
        ['os-volumes_boot'],
    )


def _looks_like_an_action(requested: 'Requested') -> bool:
    """Return whether it is an action, but not for nova.

    Of two in one body, nova takes the first.
    """
    received = requested.alone.received
    if received is None or requested.alone.is_open:
        return False
    segments = [segment for segment in received.path.split('/') if segment]
    return (
        received.method.upper() == 'POST'
        and segments[-3:-2] in (['servers'], ['os-volumes_boot'])
        and segments[-1] in ('action', 'action\n')
        and (
            requested.request.changes_a_field
            or not requested.request.holds_json
        )
    )


def _lists_by_a_key(requested: 'Requested') -> bool:
    """Return whether a list, or a like request, is refused for its query.

    Which keys are refused, tests/layers and tests/integration say.
    """
    received = requested.alone.received
    return (
        received is not None
        and bool(received.query)
        and routes.recognise(received.method, received.path, '').is_list
        and requested.guarded.response.status == 400
    )


ROUTES = [
    Difference(
        'method override',
        'A key _method in the query is refused on every path and method.',
        _names_a_method,
        (400,),
        'The query must not contain _method',
    ),
    Difference(
        'over-recognised',
        'What looks like an update is judged as one before nova says 404.',
        _looks_like_an_update,
        (400, 403, 415),
    ),
    Difference(
        'over-recognised action',
        'What looks like an action that changes a field is judged as one, '
        'before nova says 404; so is what cannot be read.',
        _looks_like_an_action,
        (400, 403, 415),
    ),
    Difference(
        'list by a key',
        'A list by a key that the caller may not list by is refused.',
        _lists_by_a_key,
        (400,),
    ),
]


def of_route(requested: 'Requested') -> Difference | None:
    """Return the difference that holds for a request, if one does."""
    return next((row for row in ROUTES if row.applies(requested)), None)


# nova's own limit, oslo.middleware's max_request_body_size.
_MAX_BYTES = 114688


class _UnusualError(Exception):
    """A body that the guard does not read on, although nova does."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _UnusualError('twice')
    return found


def _number(text: str) -> float:
    if not math.isfinite(float(text)):
        raise _UnusualError('no number')
    return float(text)


# For the two verdicts on one body, and what is asked of them.
@functools.lru_cache(maxsize=4)
def parsed(body: bytes) -> tuple[str, Any]:
    """Return the kind of *body*, in a word, and the document in it."""
    try:
        return 'json', json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_number,
            parse_float=_number,
        )
    except _UnusualError as unusual:
        return str(unusual), None
    except RecursionError:
        return 'deep', None
    except UnicodeDecodeError:
        return 'not utf-8', None
    except ValueError:
        return 'not json', None


def _is(word: str) -> Callable[['Checked'], bool]:
    """Return whether a body that is read is of the kind *word*."""
    return lambda checked: (
        checked.alone.response.status != 415
        and checked.update.length != 'long'
        and parsed(checked.update.read)[0] == word
    )


def _is_too_large(checked: 'Checked') -> bool:
    """Tell whether nova's own filter, which is left out, would refuse it."""
    reported = int(checked.update.environ()['CONTENT_LENGTH'] or 0)
    size = max(reported, len(checked.update.read))
    return checked.alone.response.status != 415 and size > _MAX_BYTES


def _is_in_other_order(checked: 'Checked') -> bool:
    """Tell whether nova could find another problem of the same first.

    The first of several is told. An older nova may have the keywords of a
    schema in another order.
    """
    minor = checked.update.minor
    return (
        checked.alone.response.status == checked.guarded.response.status == 400
        and tables.is_in_other_order(minor)
        and checked.alone.response.json != checked.guarded.response.json
    )


def _is_cut_off(checked: 'Checked') -> bool:
    """Tell whether the client promised more of the body than it sent."""
    return (
        checked.alone.response.status != 415
        and checked.update.length == 'long'
    )


def _ends_in_newline(checked: 'Checked') -> bool:
    """Return whether a text with a ``$`` pattern has one more line."""
    fields = tables.editable_in_nova(checked.update.minor)
    return _is('json')(checked) and _field_ends_in_newline(
        checked.update.read, fields
    )


def _field_ends_in_newline(body: bytes, fields: tables.Schema) -> bool:
    """Return the same for the *fields* in a *body*, by their schemas."""
    _, document = parsed(body)
    server = document.get('server') if isinstance(document, dict) else None
    return isinstance(server, dict) and any(
        str(server.get(field)).endswith('\n')
        for field in tables.patterned(fields)
    )


def _has_not_one(checked: 'Checked') -> bool:
    """Tell whether nova takes an update of none, or several parameters."""
    return (
        checked.alone.is_valid
        and len(
            (checked.alone.server or {}).keys()
            & tables.editable_in_nova(checked.update.minor)
        )
        != 1
    )


VERDICTS = [
    Difference(
        'too large',
        'A filter of nova that is left out here says so, and so does the '
        'guard.',
        _is_too_large,
        (413,),
    ),
    Difference(
        'cut off',
        'nova answers 500 when the client goes away.',
        _is_cut_off,
        (400,),
        'Malformed request body',
    ),
    Difference(
        'not UTF-8',
        'nova answers 500 to it.',
        _is('not utf-8'),
        (400,),
        'Malformed request body',
    ),
    Difference(
        'a key twice',
        'nova takes the last of them; what is judged must be all there is.',
        _is('twice'),
        (400,),
        'The body has a duplicate key',
    ),
    Difference(
        'no number',
        'nova takes NaN and the infinities, which JSON does not have.',
        _is('no number'),
        (400,),
        'is not a number in JSON',
    ),
    Difference(
        'too deep',
        'nova answers 500 to it.',
        _is('deep'),
        (400,),
        'The body is nested too deeply',
    ),
    Difference(
        'trailing newline',
        "Python's $ lets one newline through, and so does nova.",
        _ends_in_newline,
        (400,),
    ),
    Difference(
        'one parameter',
        'This is what the guard is for.',
        _has_not_one,
        (400,),
        'An update takes one parameter',
    ),
    Difference(
        'another order',
        'Of several problems an older nova may tell another one.',
        _is_in_other_order,
        (400,),
    ),
]


def of_verdict(checked: 'Checked') -> Difference | None:
    """Return the difference that holds for an update, if one does."""
    return next((row for row in VERDICTS if row.applies(checked)), None)


def _action_at(checked: 'CheckedAction', field: str) -> Iterator[object]:
    """Yield the value of *field*, as the guard reads it."""
    if _is('json')(checked):
        _, document = parsed(checked.update.read)
        carried = action_fields.fields_set_by(
            document, Version(2, checked.update.minor)
        )
        yield from (carried[name] for name in carried if name == field)


def _action_ends_in_newline(checked: 'CheckedAction') -> bool:
    return any(
        str(value).endswith('\n')
        for field in ('name', 'description', 'hostname', _ZONE)
        for value in _action_at(checked, field)
    ) and not _takes_any_zone(checked)


def _takes_any_zone(checked: 'CheckedAction') -> bool:
    return checked.update.minor >= 91 and any(
        isinstance(value, str) for value in _action_at(checked, _ZONE)
    )


def _has_too_long_a_zone(checked: 'CheckedAction') -> bool:
    return _takes_any_zone(checked) and any(
        len(str(value)) > 255 for value in _action_at(checked, _ZONE)
    )


_ZONE = 'pinned_availability_zone'
_OF_BODIES = (
    *('too large', 'cut off', 'not UTF-8', 'a key twice', 'no number'),
    'too deep',
)
ACTIONS = [
    *(row for row in VERDICTS if row.name in _OF_BODIES),
    Difference(
        'trailing newline',
        "Python's $ lets one newline through, and so does nova.",
        _action_ends_in_newline,
        (400,),
    ),
    Difference(
        'too long a zone',
        'No zone can have that name; nova finds out later.',
        _has_too_long_a_zone,
        (400,),
        'is too long',
    ),
]


def of_action(checked: 'CheckedAction') -> Difference | None:
    """Return the difference that holds for an action, if one does."""
    return next((row for row in ACTIONS if row.applies(checked)), None)


def _create_ends_in_newline(checked: 'CheckedAction') -> bool:
    fields = tables.create_fields_in_nova(checked.update.minor)
    return _is('json')(checked) and _field_ends_in_newline(
        checked.update.read, fields
    )


def _has_odd_user_data(checked: 'CheckedAction') -> bool:
    """Tell whether nova fails when it looks for base64."""
    if not _is('json')(checked):
        return False
    _, document = parsed(checked.update.read)
    server = document.get('server') if isinstance(document, dict) else None
    data = server.get('user_data') if isinstance(server, dict) else None
    return isinstance(data, str) and not data.isascii()


CREATES = [
    *(row for row in VERDICTS if row.name in _OF_BODIES),
    Difference(
        'trailing newline',
        "Python's $ lets one newline through, and so does nova.",
        _create_ends_in_newline,
        (400,),
    ),
    Difference(
        'user data that is not ASCII',
        'nova answers 500, and the guard 400 to a field that is wrong, too.',
        _has_odd_user_data,
        (400, 500),
    ),
]


def of_create(checked: 'CheckedAction') -> Difference | None:
    """Return the difference that holds for a create, if one does."""
    return next((row for row in CREATES if row.applies(checked)), None)


def _is_too_long(this: 'Read') -> bool:
    """Tell whether the version that counts has a number without end."""
    headers = webob.headers.EnvironHeaders(this.request.environ())
    text = microversion_parse.get_version(headers, 'compute', [LEGACY_HEADER])
    is_read = isinstance(this.guard, Version) and this.guard > LEGACY_V2
    return is_read and re.search(r'\d{4301}', text or '') is not None


VERSIONS = [
    Difference(
        'too long a number',
        'Python refuses to read it: nova answers 500, the guard hands it on.',
        _is_too_long,
        (500,),
    ),
]


def of_version(this: 'Read') -> Difference | None:
    """Return the difference that holds for headers, if one does."""
    return next((row for row in VERSIONS if row.applies(this)), None)


def written(document: Any) -> bytes:
    """Return a document as the guard writes it."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        return json.dumps(document).encode()
