"""Which ports of loopback the services listen on."""

import errno
import socket
from contextlib import ExitStack
from dataclasses import dataclass

from tests.cloud.errors import CloudError

HOST = '127.0.0.1'
# By service, the port that clients and operators know; of the second proxy,
# the next one.
USUAL = {
    'keystone': 5000,
    'nova': 8774,
    'standin': 9696,
    'proxy': 8871,
    'second-proxy': 8872,
}


@dataclass(frozen=True)
class Ports:
    """A port for each service.

    0 is any free one; None the service's usual one or, when that is taken,
    any free one.
    """

    keystone: int | None = None
    nova: int | None = None
    standin: int | None = None
    proxy: int | None = None
    second_proxy: int | None = None

    @property
    def proxies(self) -> tuple[int, int]:
        """The ports of the reverse proxies, as far as there are any."""
        return self.proxy or 0, self.second_proxy or 0


# What tests want: never in anybody's way.
FREE = Ports(keystone=0, nova=0, standin=0, proxy=0, second_proxy=0)


def claim(ports: Ports) -> Ports:
    """Return a port number for each service, free a moment ago."""
    # Held until all are chosen, so that no two get the same.
    with ExitStack() as held:
        return Ports(
            keystone=_claim('keystone', ports.keystone, held),
            nova=_claim('nova', ports.nova, held),
            standin=_claim('standin', ports.standin, held),
            proxy=_claim('proxy', ports.proxy, held),
            second_proxy=_claim('second-proxy', ports.second_proxy, held),
        )


def is_free(port: int) -> bool:
    """Say whether a service could listen on *port* now."""
    with ExitStack() as held:
        return _bind(port, held) is not None


def not_to_be_had(name: str, port: int, why: str) -> CloudError:
    """Return the error for a *port* that was asked for."""
    return CloudError(
        f'Port {port} of {HOST} cannot be had for {name}: {why}. Name another '
        f'with --{name}-port, or 0 for any free one.'
    )


def _claim(name: str, wanted: int | None, held: ExitStack) -> int:
    if wanted is None:
        return _bind(USUAL[name], held) or _bind(0, held) or 0
    port = _bind(wanted, held)
    if port is None:
        raise not_to_be_had(name, wanted, 'it is in use, or not yours to use')
    return port


def _bind(port: int, held: ExitStack) -> int | None:
    """Return the number that binding *port* gives; None if it is taken."""
    listener = held.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise
    return int(listener.getsockname()[1])
