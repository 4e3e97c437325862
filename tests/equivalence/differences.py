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
import webob.headers

from nova_update_guard.compute_api import action_fields, routes
from nova_update_guard.compute_api.microversions import (
    LEGACY_HEADER,
    LEGACY_V2,
    Version,
)
from tests.equivalence import tables
from tests.equivalence.wire import Answer

if TYPE_CHECKING:
    from tests.equivalence.actions import Judged as JudgedAction
    from tests.equivalence.routing import Asked
    from tests.equivalence.verdicts import Judged
    from tests.equivalence.versions import Read


class Difference(NamedTuple):
    """Where *applies*, the guard must answer with one of *statuses*."""

    name: str
    reason: str
    applies: Callable[[Any], bool]
    statuses: tuple[int, ...]
    words: str = ''

    def problem(self, answer: Answer) -> str | None:
        """Return what is wrong with the guard's *answer*, or None."""
        # An answer to HEAD has no words.
        words = str(answer.json) if answer.body else self.words
        if answer.status in self.statuses and self.words in words:
            return None
        return f'{self.name}: the guard answers {answer.status}'


def _names_a_method(asked: 'Asked') -> bool:
    """Tell whether a key of the query is ``_method``, however it is cut."""
    came = asked.alone.came
    if came is None:
        return False
    keys = (
        pair.partition('=')[0]
        for pair in came.query.replace(';', '&').split('&')
    )
    return any(unquote(key, errors='ignore') == '_method' for key in keys)


def _looks_like_an_update(asked: 'Asked') -> bool:
    """Tell whether all is as in an update but what nova makes of it."""
    came = asked.alone.came
    if came is None or asked.alone.is_update:
        return False
    segments = [segment for segment in came.path.split('/') if segment]
    return came.method.upper() == 'PUT' and segments[-2:-1] in (
        ['servers'],
        ['os-volumes_boot'],
    )


def _looks_like_an_action(asked: 'Asked') -> bool:
    """Tell whether all is as in an action but what nova makes of it.

    Of two in one body, nova takes the first.
    """
    came = asked.alone.came
    if came is None or asked.alone.is_open:
        return False
    segments = [segment for segment in came.path.split('/') if segment]
    return (
        came.method.upper() == 'POST'
        and segments[-3:-2] in (['servers'], ['os-volumes_boot'])
        and segments[-1] in ('action', 'action\n')
        and (asked.request.changes_a_field or not asked.request.holds_json)
    )


def _lists_by_a_key(asked: 'Asked') -> bool:
    """Tell whether a list, or what looks like one, is refused for its query.

    Which keys are refused, tests/layers and tests/integration say.
    """
    came = asked.alone.came
    return (
        came is not None
        and bool(came.query)
        and routes.recognise(came.method, came.path, '').is_list
        and asked.guarded.answer.status == 400
    )


ROUTES = [
    Difference(
        'method override',
        'A key _method in the query is refused on every path and method.',
        _names_a_method,
        (400,),
        'The query must not hold _method',
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


def of_route(asked: 'Asked') -> Difference | None:
    """Return the difference that holds for a request, if one does."""
    return next((row for row in ROUTES if row.applies(asked)), None)


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
    """Return what *body* is, in a word, and the document in it."""
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


def _is(word: str) -> Callable[['Judged'], bool]:
    """Return whether a body that is read is what *word* says."""
    return lambda judged: (
        judged.alone.answer.status != 415
        and judged.update.length != 'long'
        and parsed(judged.update.read)[0] == word
    )


def _is_too_large(judged: 'Judged') -> bool:
    """Tell whether nova's own filter, which is left out, would refuse it."""
    told = int(judged.update.environ()['CONTENT_LENGTH'] or 0)
    size = max(told, len(judged.update.read))
    return judged.alone.answer.status != 415 and size > _MAX_BYTES


def _is_in_other_order(judged: 'Judged') -> bool:
    """Tell whether nova could find another problem of the same first.

    The first of several is told. An older nova may have the keywords of a
    schema in another order.
    """
    minor = judged.update.minor
    return (
        judged.alone.answer.status == judged.guarded.answer.status == 400
        and tables.is_in_other_order(minor)
        and judged.alone.answer.json != judged.guarded.answer.json
    )


def _is_cut_off(judged: 'Judged') -> bool:
    """Tell whether the client promised more of the body than it sent."""
    return judged.alone.answer.status != 415 and judged.update.length == 'long'


def _ends_in_newline(judged: 'Judged') -> bool:
    """Tell whether a text whose pattern ends in ``$`` has one more line."""
    if not _is('json')(judged):
        return False
    _, document = parsed(judged.update.read)
    update = document.get('server') if isinstance(document, dict) else None
    return isinstance(update, dict) and any(
        str(update.get(field)).endswith('\n')
        for field in tables.patterned(judged.update.minor)
    )


def _has_not_one(judged: 'Judged') -> bool:
    """Tell whether nova takes an update of none, or several parameters."""
    return (
        judged.alone.is_valid
        and len(
            (judged.alone.server or {}).keys()
            & tables.editable_in_nova(judged.update.minor)
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
        'The body has the same key twice',
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


def of_verdict(judged: 'Judged') -> Difference | None:
    """Return the difference that holds for an update, if one does."""
    return next((row for row in VERDICTS if row.applies(judged)), None)


def _action_at(judged: 'JudgedAction', field: str) -> Iterator[object]:
    """Yield what the guard takes for the value of *field*."""
    if _is('json')(judged):
        _, document = parsed(judged.update.read)
        carried = action_fields.fields_set_by(
            document, Version(2, judged.update.minor)
        )
        yield from (carried[name] for name in carried if name == field)


def _action_ends_in_newline(judged: 'JudgedAction') -> bool:
    return any(
        str(value).endswith('\n')
        for field in ('name', 'description', 'hostname', _ZONE)
        for value in _action_at(judged, field)
    ) and not _takes_any_zone(judged)


def _takes_any_zone(judged: 'JudgedAction') -> bool:
    return judged.update.minor >= 91 and any(
        isinstance(value, str) for value in _action_at(judged, _ZONE)
    )


def _has_too_long_a_zone(judged: 'JudgedAction') -> bool:
    return _takes_any_zone(judged) and any(
        len(str(value)) > 255 for value in _action_at(judged, _ZONE)
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


def of_action(judged: 'JudgedAction') -> Difference | None:
    """Return the difference that holds for an action, if one does."""
    return next((row for row in ACTIONS if row.applies(judged)), None)


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


def written(server: Any) -> bytes:
    """Return an update as the guard writes it."""
    return json.dumps({'server': server}).encode()
