"""Look for marked values in what a guard lets through."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from nova_update_guard.policy.defaults import list_rules
from tests.canary.exceptions import reason
from tests.canary.marks import MARKS, Mark, leaves
from tests.canary.recorded import Recorded
from tests.whole_nova.client import Client

# Only what is shown is looked at, whatever was asked for.
OPTIONS = {
    'one_parameter': 'off',
    'field_validation': 'off',
    'field_policy': 'off',
}
# A middleware before the guard makes them anew.
ANEW = {'x-compute-request-id', 'x-openstack-request-id'}


class Response(Protocol):
    """A response, from a pipeline or a socket."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The fields of its header."""

    @property
    def body(self) -> bytes:
        """Its body."""


class Leak(NamedTuple):
    """A marked value that a guard let through."""

    attribute: str
    case: str
    where: str
    value: str


class _Novas(NamedTuple):
    headers: Mapping[str, str]
    body: bytes


def shows(*hidden: str) -> dict[str, str]:
    """Return rules that show everything but what *hidden* rules hide."""
    return {
        rule.name: '!' if rule.name in hidden else '@'
        for rule in list_rules()
        if ':show:' in rule.name
    }


def hides_all() -> dict[str, str]:
    """Return rules that hide everything."""
    return dict.fromkeys(shows(), '!')


def groups() -> dict[tuple[str, ...], list[Mark]]:
    """Return the marks, by the rules that hide them together."""
    together: dict[tuple[str, ...], list[Mark]] = {}
    for mark in MARKS:
        together.setdefault(mark.rules, []).append(mark)
    return together


def shown_in(recorded: Recorded, marks: Iterable[Mark]) -> list[Mark]:
    """Return those of *marks* that nova itself sent."""
    _, headers, body = recorded.nova
    novas = _Novas(dict(headers), body)
    return [mark for mark in marks if any(found(mark, recorded, novas))]


def leaks(
    recorded: Iterable[Recorded],
    marks: Iterable[Mark],
    send: Callable[[Recorded], Response],
) -> Iterator[Leak]:
    """Yield what of *marks* is still there when *send* gives it again."""
    for one in recorded:
        if shown := shown_in(one, marks):
            reply = send(one)
            for mark in shown:
                for where, value in found(mark, one, reply):
                    yield Leak(str(mark), str(one), where, value)


def found(
    mark: Mark, recorded: Recorded, response: Response
) -> Iterator[tuple[str, str]]:
    """Yield where *mark* is in *response*, and what is there.

    But for what may be there.
    """
    for where, value in _found(mark, recorded.route, response):
        if not reason(mark, recorded, value):
            yield where, value


def _found(
    mark: Mark, route: str, response: Response
) -> Iterator[tuple[str, str]]:
    body = response.body.decode()
    if mark.text:
        for name, value in response.headers.items():
            if mark.text in value:
                yield f'header {name}', value
    is_there = mark.text in body if mark.text else f'"{mark.key}"' in body
    if not is_there or (mark.key and mark.route not in route):
        return
    try:
        document = json.loads(body)
    except ValueError:
        yield 'text', body[:200]
        return
    yield from _found_in_json(mark, document)


def _found_in_json(mark: Mark, document: Any) -> Iterator[tuple[str, str]]:
    for path, name, value in leaves(document):
        if mark.key:
            if name == mark.key and mark.tells(value):
                yield path, json.dumps(value)[:200]
        else:
            texts = value if isinstance(value, list) else [value, name]
            for text in texts:
                if isinstance(text, str) and mark.text in text:
                    yield path, text[:200]


def differences(
    recorded: Iterable[Recorded], guarded: Client, raw: Client
) -> Iterator[str]:
    """Yield the requests whose responses differ between the two."""
    for one in recorded:
        ours, novas = (one.through(client) for client in (guarded, raw))
        if _all_of(ours) != _all_of(novas):
            yield f'{one}: {ours.status} {ours.body[:200]!r}'


def _all_of(reply: Any) -> Any:
    headers = Counter(
        (name.lower(), value)
        for name, value in reply.headers.items()
        if name.lower() not in ANEW
    )
    return reply.status, headers, reply.body
