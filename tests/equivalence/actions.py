"""Do guard and nova refuse the same values in actions?

One action, asked twice, as in ``verdicts``: what comes as far as the server
has passed nova's validation.
"""

import copy
import functools
import json
from collections.abc import Collection
from typing import Any, NamedTuple, Protocol

from hypothesis import strategies as st
from nova import exception
from nova.api.validation import validators

from nova_update_guard.compute_api import action_fields
from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.compute_api.microversions import Version
from tests.equivalence import bodies, differences, guards, model, picks, tables
from tests.equivalence.bodies import Update
from tests.equivalence.model import App
from tests.equivalence.picks import Picks
from tests.equivalence.verdicts import VALID, ValidError
from tests.equivalence.wire import Environ, Response, send

ACTIONS = ('rebuild', 'resize', 'unshelve')
# Half of what an action holds is all that it needs.
NEEDED = {
    'rebuild': '"imageRef": "155d900f-4e14-4e4c-a73d-069cbf4541e6"',
    'resize': '"flavorRef": "1"',
    'unshelve': '"host": "h"',
}
_UNNEEDED = [
    *('"imageRef": "a"', '"imageRef": null', '"metadata": {}', '"x": 1'),
    *('"flavorRef": null', '"flavorRef": 1', '"adminPass": "a"', '"host": 1'),
    *('"key_name": null', '"user_data": "a"', '"metadata": {"a": 1}'),
]
AROUND = [
    *['{"%a": {%n, %s}}'] * 30,
    *['{"%a": {%s, %n}}', '{"%a": {%s}}'] * 30,
    *['{"%a": {%o, %s}}', '{"%a": {%n, %o, %s}}'] * 3,
    *('{"%a": {%n, %s}, "x": 1}', '{"%a": {%n, %s}, "resize": {%s}}'),
    *('{"os-start": null, "%a": {%n, %s}}', '{"%a": [{%s}]}', '{"%a": "%n"}'),
    *('{"%a": null}', '{"%a": {}}', '{"A%a": {%s}}', '[{"%a": {%s}}]', '{}'),
    *('{"%a": {%n, %s}, "%a": {}}', '{"%a": {"%a": {%s}}}', '[]', '5', ''),
    *(' {"%a" :\n{ %n,\t%s } }\r\n', '{"%a": {%n %s}}', '{"os-start": {%s}}'),
]


class Action(Update):
    """An action at 2.*minor*, as an update is one."""

    method = 'POST'
    path = '/servers/a/action'

    @property
    def holds_one_action(self) -> bool:
        """Return whether nova would read its content."""
        _, document = differences.parsed(self.read)
        return (
            isinstance(document, dict)
            and len(document) == 1
            and document.keys() <= {*ACTIONS}
        )


class Verdict(NamedTuple):
    """An answer, and whether nova was asked for it.

    If it is VALID, the bytes and the document that nova got.
    """

    response: Response
    is_novas: bool
    sent: bytes = b''
    document: Any = None

    @property
    def is_valid(self) -> bool:
        """Tell whether nova found nothing wrong."""
        return self.response.status == VALID


class Checked(NamedTuple):
    """One action's verdicts: nova's alone, and that of the guard first."""

    update: Action
    alone: Verdict
    guarded: Verdict


def actions() -> st.SearchStrategy[Action]:
    """Return the strategy of all actions that set a field."""
    return picks.examples(_action, 24)


def _action(pick: Picks) -> Action:
    action, minor = pick.one(_actions()), pick.one(_minors())
    keys = [
        json.dumps(key)
        for key in sorted(
            {_.parameter for _ in ACTION_FIELDS if _.action == action}
        )
    ]
    keys = keys * 30 + ['"name"', '"availability_zone"', '"hostname"', '"x"']
    text = pick.one(AROUND).replace('%n', NEEDED[action])
    text = text.replace('%o', pick.one(_UNNEEDED)).replace('%a', action)
    if '%s' in text:
        text = text.replace('%s', bodies.pairs(pick, keys))
    return Action(minor, *bodies.sent(pick, text))


@functools.cache
def _actions() -> list[str]:
    """Return the actions, those with more parameters more often."""
    return [action_field.action for action_field in ACTION_FIELDS] + [
        'unshelve',
        'resize',
    ]


@functools.cache
def _minors() -> list[int]:
    every = range(1, model.newest() + 1)
    edges = [action_field.since.minor for action_field in ACTION_FIELDS]
    near = [edge + step for edge in edges for step in (-1, 0)]
    return [*every, *[_ for _ in (0, *near) if 0 <= _ <= every[-1]] * 4]


class _Actions:
    """nova's actions, and the arguments of the last call."""

    def __init__(self) -> None:
        self._resource = model.action_resource()
        self.methods = {
            name: self._resource.wsgi_actions[name] for name in ACTIONS
        }
        self._resource.wsgi_actions = {
            name: functools.partial(self._called, method)
            for name, method in self.methods.items()
        }
        for method in self.methods.values():
            method.__self__._get_server = self._stop
            method.__self__.compute_api = self
        self.body: Any = None
        self.is_requested = False

    def _called(self, method: Any, **arguments: Any) -> Any:
        self.body = arguments.get('body')
        return method(**arguments)

    def _stop(self, *_: object, **__: object) -> Any:
        raise ValidError

    # By this nova finds the server of an unshelve.
    get = _stop

    def __call__(self, environ: Environ, start: Any) -> Any:
        """Serve an action, as nova's router would have it."""
        self.is_requested = True
        match = {'action': 'action', 'id': 'a'}
        environ['wsgiorg.routing_args'] = ((), match)
        return self._resource(environ, start)


def check(action: Action) -> Checked:
    """Ask nova alone and nova behind a guard that allows everything."""
    nova, guarded = _apps()
    verdicts = (verdict(nova, app, action) for app in (nova, guarded))
    return Checked(action, *verdicts)


def disagreement(checked: Checked) -> str | None:
    """Return the problem in a few words, or None."""
    row = differences.of_action(checked)
    if row is not None:
        return row.problem(checked.guarded.response)
    words = _words(checked.update) if checked.update.holds_one_action else None
    return disagreement_on_fields(checked, words)


def disagreement_on_fields(
    checked: Checked, words: list[str] | None
) -> str | None:
    """Return the problem where the guard knows of fields, and nova of all.

    *words* are nova's about wrong fields, None if it would read no content.
    """
    update, alone, guarded = checked
    if alone.response.status != guarded.response.status:
        return (
            f'nova answers {alone.response.status} and the guard '
            f'{guarded.response.status}'
        )
    if guarded.is_valid:
        written = differences.written(json.loads(update.read))
        if guarded.sent != written or alone.document != guarded.document:
            return 'nova gets another document'
    if words is None or guarded.response.status == 415:
        return None
    return _verdict_on_fields(checked, words)


def _verdict_on_fields(checked: Checked, words: list[str]) -> str | None:
    """Return the problem with the guard's decision on the fields.

    nova tells of the first thing wrong, and the guard knows only of fields:
    it refuses, in nova's words about the first of them, just where nova finds
    something wrong with one.
    """
    _, alone, guarded = checked
    if not words:
        same = alone.response == guarded.response
        return None if same else 'the guard refuses what nova does not'
    if guarded.is_novas:
        return 'the guard leaves it to nova to refuse a field'
    reported = guarded.response.json['badRequest']['message']
    if reported not in (words if _is_other(checked) else words[:1]):
        return 'the words are not those of nova about the field'
    return None


def _is_other(checked: Checked) -> bool:
    """Tell whether an older nova may have its keywords in another order."""
    return tables.is_in_other_order(checked.update.minor)


def _words(action: Update) -> list[str]:
    """Return what nova says about the fields that the guard knows."""
    document, minor = json.loads(action.read), action.minor
    (name,) = document
    nova, _ = _apps()
    schema = tables.schema_of(nova.methods[name], 'request_body_schema', minor)
    known = action_fields.action_fields_at(Version(2, minor))
    return words_about(known, schema, document, minor)


def words_about(
    fields: Collection[tuple[str, str]],
    schema: tables.Schema,
    document: Any,
    minor: int,
) -> list[str]:
    """Return what nova finds wrong in *fields* of a *document*, in order."""
    validator = validators._SchemaValidator(schema, minor == 0).validator
    return [
        _said(error)
        for error in validator.iter_errors(copy.deepcopy(document))
        if tuple(error.path)[:2] in fields
    ]


def _said(error: Any) -> str:
    if isinstance(error.cause, exception.InvalidName):
        return str(error.cause.format_message())
    if error.path:
        return (
            f'Invalid input for field/attribute {error.path[-1]}. '
            f'Value: {error.instance}. {error.message}'
        )
    return str(error.message)


class Stopped(Protocol):
    """nova, which is stopped once it has found nothing wrong."""

    body: Any
    is_requested: bool


def verdict(nova: Stopped, app: App, update: Update) -> Verdict:
    """Return the answer of *app*, which asks *nova* or is it."""
    environ = update.environ()
    environ['nova.context'] = model.caller()
    nova.is_requested = False
    try:
        response = send(app, environ)
        return Verdict(response, nova.is_requested)
    except ValidError:
        environ['wsgi.input'].seek(0)
        sent = environ['wsgi.input'].read()
        return Verdict(Response(VALID, [], b''), True, sent, nova.body)


@functools.cache
def _apps() -> tuple[_Actions, App]:
    nova = _Actions()
    return nova, guards.that_allows_all(nova)
