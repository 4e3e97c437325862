"""The small cloud: keystone, nova-api and their database."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tests.cloud import databases, files, interpreter, proxies
from tests.cloud.front import Front
from tests.cloud.identity import Identity
from tests.cloud.people import ADMIN
from tests.cloud.ports import Ports, claim
from tests.cloud.processes import Service
from tests.cloud.services import services
from tests.cloud.settings import Settings
from tests.cloud.state import State, locked


def _silent(_: str) -> None:
    pass


class Cloud(Front):
    """Keystone, nova-api and the rest: up within `with`, else down.

    `python` has nova, keystone, gunicorn and the guard installed. Every start
    begins with the same servers, whatever the last one did to them.
    """

    def __init__(
        self,
        python: Path | str,
        state: State,
        ports: Ports | None = None,
        settings: Settings | None = None,
        say: Callable[[str], None] = _silent,
    ) -> None:
        super().__init__(state, ports or Ports(), settings or Settings())
        # Not resolved: a venv's python is a link, and known by its own name.
        self.python = Path(python).absolute()
        self._say = say
        self._stack = ExitStack()

    def restart_nova(self, settings: Settings) -> None:
        """Start nova-api anew with other settings, on the same databases.

        What it imports before its workers (`gunicorn_conf`) it keeps.
        """
        self._configure_nova(settings)
        self._services.nova.restart()

    @property
    def proxies(self) -> tuple[Service, ...]:
        """The reverse proxies, which a test may stop, kill and start."""
        return self._services.proxies

    def check(self) -> None:
        """Raise CloudError if a service has ended by itself."""
        for service in self._services:
            service.check()

    def __enter__(self) -> 'Cloud':
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        held = self._stack.enter_context(locked(self.state))
        self._installed = interpreter.services(
            self.python,
            bool(self.settings.guard_after),
            *proxies.modules(self.settings),
        )
        self.ports = claim(self.ports)
        files.write_keystone(
            self.state,
            self.ports,
            self.settings,
            self._installed.keystone_app,
        )
        self._configure_nova(self.settings)
        proxies.write(self.state, self.ports, self.settings)
        self._services = services(
            self.python, self.state, self.ports, self.settings, held
        )
        if databases.are_made(self.state):
            self._start_again()
        else:
            self._start_first(held)
        self._await()

    def _start_first(self, held: int) -> None:
        self._say('Making the databases of keystone and nova, this once.')
        databases.make_tables(self.state, self.python, held)
        self._start_service(self._services.keystone)
        self._services.keystone.wait()
        self._say('Making people and servers, this once.')
        databases.fill(self.state, self.python, self._admin(), held)
        databases.keep(self.state)
        for service in self._services:
            if service is not self._services.keystone:
                self._start_service(service)

    def _start_again(self) -> None:
        databases.refresh(self.state)
        # All at once; none needs another before it is asked something.
        for service in self._services:
            self._start_service(service)

    def _await(self) -> None:
        """Return when all services answer and are in the catalog."""
        self._services.keystone.wait()
        # At every start: the ports may be others than last time.
        self._admin().register(files.endpoints(self.ports, self.settings))
        for service in self._services:
            service.wait()

    def _configure_nova(self, settings: Settings) -> None:
        self.settings = settings
        files.write_nova(self.state, self.ports, settings, self._installed)

    def _start_service(self, service: Service) -> None:
        self._say(f'Starting {service.name} at {service.url}')
        self._stack.callback(service.stop)
        service.start()

    def _admin(self) -> Identity:
        return Identity(self.keystone_url, self.token(ADMIN).id)
