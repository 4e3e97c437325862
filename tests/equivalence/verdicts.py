"""Do guard and nova refuse the same? One update, sent twice.

nova's own update is stopped where it would look for the server: what comes
so far has passed nova's validation.
"""

import functools
from typing import Any, NamedTuple

from tests.equivalence import differences, guards, model
from tests.equivalence.bodies import Update
from tests.equivalence.model import App
from tests.equivalence.wire import Environ, Response, send


class ValidError(BaseException):
    """nova has found nothing wrong; no handler of its is for this."""


# What stands for nova's answer to an update that it finds valid.
VALID = 299


class Verdict(NamedTuple):
    """An answer; if it is VALID, the bytes and the update that nova got."""

    response: Response
    sent: bytes = b''
    server: dict[str, Any] | None = None

    @property
    def is_valid(self) -> bool:
        """Tell whether nova took it for an update."""
        return self.response.status == VALID


class Checked(NamedTuple):
    """One update's verdicts: nova's alone, and that of the guard first."""

    update: Update
    alone: Verdict
    guarded: Verdict


class _Update:
    """nova's update of a server, and its last arguments."""

    def __init__(self) -> None:
        self._resource = model.update_resource()
        self._resource.controller._get_server = self._stop
        update = self._resource.controller.update
        self._resource.controller.update = functools.partial(
            self._called, update
        )
        self.body: Any = None

    def _called(self, update: Any, **arguments: Any) -> Any:
        self.body = arguments.get('body')
        return update(**arguments)

    def _stop(self, *_: object, **__: object) -> Any:
        raise ValidError

    def __call__(self, environ: Environ, start: Any) -> Any:
        """Serve an update, as nova's router would have it."""
        match = {'action': 'update', 'id': 'a'}
        environ['wsgiorg.routing_args'] = ((), match)
        return self._resource(environ, start)


def check(update: Update) -> Checked:
    """Ask nova alone and nova behind a guard that allows everything."""
    nova, guarded = _apps()
    verdicts = (_verdict(nova, app, update) for app in (nova, guarded))
    return Checked(update, *verdicts)


def disagreement(checked: Checked) -> str | None:
    """Return the problem in a few words, or None."""
    _, alone, guarded = checked
    row = differences.of_verdict(checked)
    if row is not None:
        return row.problem(guarded.response)
    if alone.response.status != guarded.response.status:
        return (
            f'nova answers {alone.response.status} and the guard '
            f'{guarded.response.status}'
        )
    if guarded.is_valid:
        return _changed(checked)
    if alone.response.json != guarded.response.json:
        return 'the words are not the same'
    return None


def _changed(checked: Checked) -> str | None:
    """Return the problem with the forwarded update."""
    _, alone, guarded = checked
    if alone.server != guarded.server:
        return 'nova gets another update'
    if guarded.sent != differences.written({'server': guarded.server}):
        return 'nova gets other bytes than the guard wrote'
    return None


def _verdict(nova: _Update, app: App, update: Update) -> Verdict:
    environ = update.environ()
    environ['nova.context'] = model.caller()
    try:
        return Verdict(send(app, environ))
    except ValidError:
        environ['wsgi.input'].seek(0)
        sent = environ['wsgi.input'].read()
        return Verdict(Response(VALID, [], b''), sent, nova.body['server'])


@functools.cache
def _apps() -> tuple[_Update, App]:
    nova = _Update()
    return nova, guards.that_allows_all(nova)
