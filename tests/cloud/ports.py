"""Which ports of loopback the services listen on."""

import errno
import socket
from contextlib import ExitStack
from dataclasses import dataclass

from tests.cloud.errors import CloudError

HOST = '127.0.0.1'


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
            keystone=_claim('keystone', ports.keystone, 5000, held),
            nova=_claim('nova', ports.nova, 8774, held),
            standin=_claim('standin', ports.standin, 9696, held),
            proxy=_claim('proxy', ports.proxy, 8871, held),
            second_proxy=_claim(
                'second-proxy', ports.second_proxy, 8872, held
            ),
        )


def _claim(name: str, wanted: int | None, usual: int, held: ExitStack) -> int:
    if wanted is None:
        return _bind(usual, held) or _bind(0, held) or 0
    port = _bind(wanted, held)
    if port is None:
        raise CloudError(
            f'Port {wanted} of {HOST} cannot be had for {name}: it is in use, '
            f'or not yours to use. Name another with --{name}-port, or 0 for '
            f'any free one.'
        )
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
