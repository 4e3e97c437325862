"""A MariaDB for the databases of nova and keystone, with nothing else in it.

It listens on a socket in its folder only.
"""

import contextlib
import getpass
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.cloud.errors import CloudError, tail
from tests.cloud.processes import Process, started, surroundings

INSTALL = 'MariaDB is not installed: apt-get install mariadb-server'
_SERVER = '/usr/sbin/mariadbd'
_MAKER = '/usr/bin/mariadb-install-db'
DATABASES = ('keystone', 'nova_api', 'nova', 'nova_cell0')
_UP_SECONDS = 60
_LOOK_EVERY_SECONDS = 0.1


class MariaDB(NamedTuple):
    """One that runs and listens on *socket*."""

    socket: Path

    @property
    def keystone_conf(self) -> str:
        """The lines for keystone.conf."""
        return self._section('database', 'keystone')

    @property
    def nova_conf(self) -> str:
        """The lines for nova.conf."""
        return self._section('api_database', 'nova_api') + self._section(
            'database', 'nova'
        )

    def _section(self, name: str, database: str) -> str:
        return (
            f'[{name}]\nconnection = mysql+pymysql://root@localhost/{database}'
            f'?unix_socket={self.socket}&charset=utf8mb4\n'
        )


def missing() -> list[str]:
    """Return the names of required programs that are missing."""
    return [path for path in (_SERVER, _MAKER) if not Path(path).exists()]


@contextmanager
def running(folder: Path) -> Iterator[MariaDB]:
    """Yield a MariaDB with empty databases in *folder*, which is made.

    It ends with the block. Raises CloudError, with its log, if it does not
    start.
    """
    folder.mkdir()
    log = folder / 'mariadbd.log'
    # It is ours, and refuses to run as root unless it is told to.
    common = [
        '--no-defaults',
        f'--datadir={folder}/data',
        f'--user={getpass.getuser()}',
    ]
    _make_files(common, log)
    server = MariaDB(folder / 'socket')
    command = [
        _SERVER,
        *common,
        f'--init-file={_statements(folder)}',
        f'--socket={server.socket}',
        '--skip-networking',
    ]
    with started(command, log, surroundings()) as process:
        _await(process, server, log)
        yield server


def _statements(folder: Path) -> Path:
    """Write the statements that make the databases; return their file."""
    file = folder / 'databases.sql'
    file.write_text(
        ''.join(
            f'CREATE DATABASE {name} CHARACTER SET utf8mb3;\n'
            for name in DATABASES
        )
    )
    return file


def _make_files(common: list[str], log: Path) -> None:
    """Make the files of a server with the options *common*.

    Its root needs no password: the socket is in a folder of ours.
    """
    command = [
        _MAKER,
        *common,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
    ]
    with log.open('ab') as output:
        status = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    if status:
        raise CloudError(f'{_MAKER} failed. It said:\n{tail(log)}')


def _await(process: Process, server: MariaDB, log: Path) -> None:
    """Return when it greets, which is after its databases are made.

    Raises CloudError, with its log, if it ends first or takes too long.
    """
    deadline = time.monotonic() + _UP_SECONDS
    while not _greets(server):
        if process.poll() is not None or time.monotonic() > deadline:
            raise CloudError(f'{_SERVER} is not up. It said:\n{tail(log)}')
        time.sleep(_LOOK_EVERY_SECONDS)


def _greets(server: MariaDB) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(_UP_SECONDS)
        sock.connect(str(server.socket))
        return bool(sock.recv(1))
    return False
