"""Does the guard take a request for the same version as nova does?"""

import functools
from typing import Any, NamedTuple

from nova_update_guard.compute_api import microversions, server_attributes
from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    BadVersionError,
    Version,
)
from tests.equivalence import differences, guards, model
from tests.equivalence.model import App, Call
from tests.equivalence.version_headers import Versioned
from tests.equivalence.wire import Environ, Response

# A server with everything that it could have.
_KEYS = {
    row.name
    for row in server_attributes.SERVER_ATTRIBUTES
    if '.' not in row.name
}
SERVER = dict.fromkeys(
    [*server_attributes.UNRULED, *sorted(_KEYS), 'a vendor']
)


class Read(NamedTuple):
    """The versions of a request for guard and nova, and the response.

    *guard* is a version or the words of a refusal. *nova* is a version, or
    None if nova refused.
    """

    request: Versioned
    guard: Version | str
    nova: Version | None
    response: Response


def read(request: Versioned) -> Read:
    """Ask nova behind a guard that shows all attributes it knows."""
    nova, place = _apps()
    response = nova.send(request.environ(), place)
    version = _version(nova.calls[0].request) if nova.calls else None
    return Read(request, place.version, version, response)


def disagreement(this: Read) -> str | None:
    """Return the problem in a few words, or None."""
    row = differences.of_version(this)
    if row is not None:
        return row.problem(this.response)
    if this.nova is None:
        return _refused(this)
    if this.guard != this.nova and not _is_beyond(this):
        return f'the guard reads {this.guard} and nova {this.nova}'
    return _visible(this)


def _refused(this: Read) -> str | None:
    """Return the problem where nova refused to serve."""
    if this.response.status == 406:
        return None
    fault = {'code': 400, 'message': this.guard}
    if this.response.json == {'badRequest': fault}:
        return None
    return f'the guard reads {this.guard} and nova does not serve it'


def _is_beyond(this: Read) -> bool:
    """Tell whether nova made its newest of a ``latest`` beyond that."""
    newest = Version(2, model.newest())
    return this.nova == newest and this.guard == MAX


def _visible(this: Read) -> str | None:
    """Return the problem with the attributes in the response.

    What counts for them is the version of the answer.
    """
    version = max(this.nova or MIN, MIN)
    expected = {
        *server_attributes.UNRULED,
        *server_attributes.attributes_at(version),
    }
    visible = set(this.response.json['server'])
    if visible == {name for name in expected if '.' not in name}:
        return None
    return f'the answer at {version} is not redacted by its rows'


def _version(request: Any) -> Version:
    if request.is_legacy_v2():
        return LEGACY_V2
    version = request.api_version_request
    return Version(version.ver_major, version.ver_minor)


class _Place:
    """The guard, and the version that it reads."""

    def __init__(self, guard: App) -> None:
        self._guard = guard
        self.version: Version | str = ''

    def __call__(self, environ: Environ, start: Any) -> Any:
        """Serve one request."""
        try:
            self.version = microversions.requested(environ)
        except BadVersionError as error:
            self.version = str(error)
        except ValueError as error:
            self.version = repr(error)
        return self._guard(environ, start)


@functools.cache
def _apps() -> tuple[model.Nova, _Place]:
    nova = model.Nova(_response)
    return nova, _Place(guards.that_shows_the_listed(nova.beyond))


def _response(_: Call) -> Any:
    return {'server': dict(SERVER)}
