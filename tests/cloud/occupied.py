"""Whether another demo has the ports of this one, and which it is.

Linux says in /proc who listens on a port, if it is a process of ours. What
cannot be read there is not known.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from shlex import join
from typing import NamedTuple

from tests.cloud import leash
from tests.cloud.errors import CloudError
from tests.cloud.ports import HOST, USUAL, Ports, is_free, not_to_be_had

_PROC = Path('/proc')
_LISTENS = '0A'
_DEMO = ('-m', 'tests.cloud.demo')


class Process(NamedTuple):
    """A running process and its command line."""

    pid: int
    command: list[str]

    @property
    def is_demo(self) -> bool:
        """Whether it is a demo."""
        return _DEMO in pairwise(self.command)

    def __str__(self) -> str:
        return f'process {self.pid} ({join(self.command)})'


def refuse(ports: Ports, services: Iterable[str]) -> None:
    """Raise CloudError if a port for one of the *services* is not free.

    A usual port that some other program has is no reason: any free one is
    taken in its place. Neither is what a killed demo leaves behind: it ends
    within seconds.
    """
    for service in services:
        wanted: int | None = getattr(ports, service)
        port = USUAL[service] if wanted is None else wanted
        if not port or is_free(port):
            continue
        holders = [*_line(port)]
        for holder in holders:
            if holder.is_demo:
                raise CloudError(_second(port, service, holder))
        if wanted is not None and not any(map(_is_on_leash, holders)):
            why = 'it is in use, or not yours to use'
            if holders:
                why = f'it is in use by {holders[0]}'
            raise not_to_be_had(service, port, why)


def _is_on_leash(process: Process) -> bool:
    return leash.__file__ in process.command


def _line(port: int) -> Iterator[Process]:
    """Yield the process that listens on *port*, its parent, and so on."""
    pid = _listener(port)
    while pid:
        try:
            command = (_PROC / f'{pid}' / 'cmdline').read_bytes()
            status = (_PROC / f'{pid}' / 'stat').read_text()
        except OSError:
            return
        yield Process(pid, os.fsdecode(command).rstrip('\0').split('\0'))
        # The name before can have spaces and brackets.
        pid = int(status.rpartition(')')[2].split()[1])


def _listener(port: int) -> int | None:
    """Return a process that listens on *port*."""
    sockets = {f'socket:[{inode}]' for inode in _inodes(port)}
    for folder in _PROC.glob('[0-9]*/fd') if sockets else ():
        # Of another user, or ended.
        with suppress(OSError):
            for link in folder.iterdir():
                with suppress(OSError):
                    if str(link.readlink()) in sockets:
                        return int(folder.parent.name)
    return None


def _inodes(port: int) -> Iterator[str]:
    for table in ('tcp', 'tcp6'):
        with suppress(OSError):
            text = (_PROC / 'net' / table).read_text()
            for fields in map(str.split, text.splitlines()[1:]):
                if fields[1].endswith(f':{port:04X}') and (
                    fields[3] == _LISTENS
                ):
                    yield fields[9]


def _second(port: int, service: str, demo: Process) -> str:
    return (
        f'Another demo has port {port} of {HOST}, for {service}: {demo}. Stop '
        f'it, by Ctrl-C in its terminal or by kill {demo.pid}. Or have this '
        'one beside it, on ports and in a folder of its own:\n'
        '  --keystone-port 0 --nova-port 0 --standin-port 0 --proxy-port 0 '
        '--state .cloud/second'
    )
