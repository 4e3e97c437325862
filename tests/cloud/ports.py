"""Which ports of loopback the services listen on."""

import errno
import random
import socket
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
# Below what the kernel gives to outgoing connections, which would take a port
# between its choice and the start of who is to listen there.
CHOICE = range(20000, 32768)


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
    return Ports(
        keystone=_claim('keystone', ports.keystone),
        nova=_claim('nova', ports.nova),
        standin=_claim('standin', ports.standin),
        proxy=_claim('proxy', ports.proxy),
        second_proxy=_claim('second-proxy', ports.second_proxy),
    )


def free() -> int:
    """Return a port where nobody listens, ours until this process ends."""
    # Not by the module's own functions: pytest-randomly seeds them alike in
    # all processes.
    for port in random.SystemRandom().sample(CHOICE, len(CHOICE)):
        if _reserve(port):
            return port
    raise CloudError(f'No port of {HOST} is free in {CHOICE}.')


def is_free(port: int) -> bool:
    """Say whether a service could listen on *port* now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def not_to_be_had(name: str, port: int, why: str) -> CloudError:
    """Return the error for a *port* that was asked for."""
    return CloudError(
        f'Port {port} of {HOST} cannot be had for {name}: {why}. Name another '
        f'with --{name}-port, or 0 for any free one.'
    )


def _claim(name: str, wanted: int | None) -> int:
    if wanted is None:
        return USUAL[name] if is_free(USUAL[name]) else free()
    if wanted == 0:
        return free()
    if not is_free(wanted):
        why = 'it is in use, or not yours to use'
        raise not_to_be_had(name, wanted, why)
    return wanted


def _reserve(port: int) -> bool:
    """Say whether *port* is free, and from now on ours.

    A UDP socket with its number, which no service wants, is the sign for
    other processes that choose.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as sign:
        try:
            sign.bind((HOST, port))
        except OSError:
            return False
        if is_free(port):
            # Open until the process ends.
            sign.detach()
            return True
    return False
