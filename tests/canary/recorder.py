"""Ask nova for everything there is, once, without a guard."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import fixtures

from tests.canary import in_database
from tests.canary.bystanders import others
from tests.canary.paths import paths
from tests.canary.recorded import Recorded, methods
from tests.canary.seed import (
    ADMIN,
    CALLERS,
    MEMBER,
    READER,
    STRANGER,
    Seeded,
    create,
    send,
)
from tests.canary.story import STORY, Step
from tests.whole_nova.client import (
    LEGACY,
    NEWEST,
    Client,
    Person,
    Request,
)

Progress = Callable[[str], None]

# Versions at which servers are changed, in a whole walk.
CHANGES = (LEGACY, 1, 13, 25, 45, 57, 73, 90, NEWEST)
# Actions that nova takes whatever the state of the server.
ALWAYS_TAKEN = {
    'addSecurityGroup', 'forceDelete', 'lock', 'os-getConsoleOutput',
    'os-resetState', 'removeSecurityGroup', 'restore', 'unlock',
}  # fmt: skip


def edges(function: Any) -> list[int]:
    """Return the minors at which nova changes a schema of *function*."""
    found = {1, NEWEST}
    for kind in ('request_body', 'request_query', 'response_body'):
        schemas = getattr(function, f'{kind}_schemas', None)
        for _, first, last in schemas._schemas if schemas else ():
            found |= {first.ver_minor or 1, last.ver_minor or NEWEST}
            found |= {min((last.ver_minor or NEWEST) + 1, NEWEST)}
    return [LEGACY, *sorted(found)]


class Recorder:
    """Sends the requests to nova: all, or with a few versions and callers."""

    def __init__(
        self, client: Client, seeded: Seeded, whole: bool, progress: Progress
    ) -> None:
        self._client = client
        self._seeded = seeded
        self._whole = whole
        self._progress = progress

    def record(self) -> Iterator[Recorded]:
        """Yield nova's responses, of what changes a server last."""
        yield from self._reads()
        yield from self._refusals()
        for minor in CHANGES if self._whole else (NEWEST,):
            yield from self._changes(minor)

    def _reads(self) -> Iterator[Recorded]:
        for route, method, function in methods():
            if method != 'GET':
                continue
            self._progress(f'GET {route}')
            minors = edges(function) if self._whole else [LEGACY, NEWEST]
            for minor in minors:
                for path in paths(route, self._seeded):
                    for caller in self._callers(minor):
                        yield self._send(Request('GET', path), caller, minor)

    def _callers(self, minor: int) -> tuple[Person, ...]:
        if self._whole:
            return CALLERS
        return (ADMIN, MEMBER) if minor == NEWEST else (ADMIN,)

    def _refusals(self) -> Iterator[Recorded]:
        """Send what changes a server to servers where nova refuses it."""
        seeded = self._seeded
        for minor in (LEGACY, NEWEST) if self._whole else (NEWEST,):
            self._progress(f'changes that are refused, at 2.{minor}')
            for step in steps(STORY, minor):
                if step.path == '/action' and not _is_always_taken(step):
                    yield self._step(step, seeded.odd, ADMIN, minor)
                    yield self._step(step, seeded.busy, MEMBER, minor)
                    yield self._step(step, seeded.locked, MEMBER, minor)
                if self._whole and step.method != 'GET':
                    yield self._step(step, seeded.rich, READER, minor)
                    yield self._step(step, seeded.rich, STRANGER, minor)

    def _changes(self, minor: int) -> Iterator[Recorded]:
        """Send what changes a server to a server of its own."""
        for caller in (ADMIN, MEMBER) if self._whole else (ADMIN,):
            self._progress(f'changes at 2.{minor} as {caller.name}')
            server_id = create(self._client)
            in_database.set_times(server_id)
            for step in steps(STORY, minor):
                is_away = 'evacuate' in (step.body_at(minor) or {})
                with self._host_of(server_id, is_down=is_away):
                    yield self._step(step, server_id, caller, minor)
        for step in steps(others(self._seeded), minor):
            for caller in (ADMIN, MEMBER):
                yield self._step(step, '', caller, minor)

    @contextmanager
    def _host_of(self, server_id: str, is_down: bool) -> Iterator[None]:
        """Let the server's host be away, as evacuate wants it."""
        if not is_down:
            yield
            return
        shown = send(self._client, 'GET', f'/servers/{server_id}')
        host = shown['server']['OS-EXT-SRV-ATTR:host']
        with fixtures.MonkeyPatch(
            'nova.servicegroup.api.API.service_is_up',
            lambda _, service: service['host'] != host,
        ):
            yield

    def _step(
        self, step: Step, server_id: str, caller: Person, minor: int
    ) -> Recorded:
        path = f'/servers/{server_id}{step.path}' if server_id else step.path
        request = Request(step.method, path, step.body_at(minor))
        return self._send(request, caller, minor)

    def _send(self, request: Request, caller: Person, minor: int) -> Recorded:
        reply = self._client.send(request, caller, minor)
        # The list of versions comes from before the guard.
        nova = reply.nova or (str(reply.status), [], b'')
        return Recorded(request, caller, minor, nova)


def _is_always_taken(step: Step) -> bool:
    return bool(ALWAYS_TAKEN & set(step.body_at(NEWEST)))


def steps(story: Iterable[Step], minor: int) -> Iterator[Step]:
    """Yield the steps that nova knows at 2.*minor*."""
    return (step for step in story if step.since <= minor <= step.until)
