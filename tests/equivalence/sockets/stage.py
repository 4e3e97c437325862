"""All that runs: fronts, novas and guards, each from when it is needed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.cloud import ports
from tests.cloud.processes import Service
from tests.equivalence.sockets import fronts, proxies
from tests.equivalence.sockets.fronts import FRONTS, Novas, Place
from tests.equivalence.sockets.running import Combination
from tests.proxy.client import Address
from tests.proxy.keystone import Keystone
from tests.proxy.listening import HOST

_NOVAS = {'gunicorn': fronts.gunicorn, 'uwsgi': fronts.uwsgi}


class Stage:
    """Starts the requested servers in *folder*, and stops them with *ends*."""

    def __init__(self, folder: Path, ends: ExitStack) -> None:
        self._folder = folder
        self._ends = ends
        self._keystone = Keystone()
        ends.callback(self._keystone.close)
        self._services: list[Service] = []
        self._starting: list[Service] = []
        ends.callback(self._stop)
        records = folder / 'reached'
        records.touch()
        self._novas = Novas(*(ports.free() for _ in range(3)), records)
        self._started: dict[str, int] = {}
        self._combinations: dict[tuple[str, str], Combination] = {}

    def combination(self, guard: str, front: str) -> Combination:
        """Return a guard, under the server *guard*, before a front."""
        key = guard, front
        if key not in self._combinations:
            self._combinations[key] = self._combination(guard, front)
        return self._combinations[key]

    def _combination(self, guard: str, front: str) -> Combination:
        name = f'{guard} before {front}'
        nova = f'http://{HOST}:{self._front(front)}{FRONTS[front].path}'
        folder = self._new(name)
        port = ports.free()
        service = proxies.proxy(guard, folder, port, nova, self._keystone.url)
        self._start(service)
        # What is started for it starts at the same time.
        while self._starting:
            self._starting.pop(0).wait()
        combination = Combination(
            name,
            Address(HOST, port, guard == 'gunicorn'),
            FRONTS[front].prefix,
            proxies.decisions(folder),
            self._novas.records,
        )
        self._ends.callback(combination.close)
        return combination

    def _front(self, name: str) -> int:
        """Return the port of a front."""
        front = FRONTS[name]
        if front.backend:
            self._nova(front.backend)
        if front.make is None:
            return int(getattr(self._novas, front.backend))
        if name not in self._started:
            self._started[name] = ports.free()
            place = Place(self._new(name), self._started[name])
            self._start(front.make(place, self._novas))
        return self._started[name]

    def _nova(self, name: str) -> None:
        if name not in self._started:
            self._started[name] = getattr(self._novas, name)
            folder = self._new(f'nova-{name}')
            self._start(_NOVAS[name](self._novas, folder))

    def _start(self, service: Service) -> None:
        self._services.append(service)
        self._starting.append(service)
        service.start()

    def _stop(self) -> None:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(Service.stop, self._services))

    def _new(self, name: str) -> Path:
        folder = self._folder / name.replace(' ', '-')
        folder.mkdir()
        return folder


@contextmanager
def set_in(folder: Path) -> Iterator[Stage]:
    """Yield a stage; all that runs on it ends with the block."""
    with ExitStack() as ends:
        yield Stage(folder, ends)
