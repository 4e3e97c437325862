"""A fresh Debian in a folder."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.cloud.processes import surroundings

SUITE = 'bookworm'
_SOURCES = Path('/etc/apt')
# As in a machine of its own: its own processes, and no network but the host's.
_INSIDE = """\
mount -t proc proc "$0/proc"
exec chroot "$0" /bin/sh -ec "$1"
"""
# What changes by itself, and what dpkg, apt and logrotate write for
# themselves. dpkg takes an empty /opt away.
_NOT_LISTED = re.compile(
    r'/(proc|sys|dev|tmp|root|run|var/tmp|var/cache|var/log/apt|'
    r'var/lib/(apt|dpkg))/|/var/log/(dpkg|alternatives|bootstrap)\.log$|'
    r'/etc/(passwd|group|shadow|gshadow|subuid|subgid)-$|'
    r'^/opt$|^/var/lib/logrotate/status$'
)


class Entry(NamedTuple):
    """A file or a folder; *text* is that of a file of accounts."""

    owner: str
    mode: str
    kind: str
    text: str


class Root:
    """The Debian in *folder*, made by debootstrap."""

    def __init__(self, folder: Path, mirror: str) -> None:
        self.folder = folder
        self._host(
            *('debootstrap', '--variant=minbase', SUITE, folder, mirror)
        )
        # Nobody is there to be asked, and nothing is to be started.
        self.write('etc/apt/apt.conf.d/90yes', 'APT::Get::Assume-Yes "1";\n')

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        (self.folder / path).write_text(text)

    def read(self, path: str) -> str:
        """Return the text of a file."""
        return (self.folder / path).read_text()

    def run(self, script: str, status: int = 0) -> str:
        """Return the output of *script*, in the folder /root.

        Raises AssertionError, with the output, if it does not end with
        *status*.
        """
        return self._host(*self.command(script), status=status)

    def command(self, script: str) -> list[str]:
        """Return the command that runs *script* inside, in /root."""
        return [
            *('unshare', '--mount', '--pid', '--fork', '--kill-child'),
            *('sh', '-ec', _INSIDE, str(self.folder), f'cd /root\n{script}'),
        ]

    def listing(self) -> dict[str, Entry]:
        """Return all files and folders by their paths."""
        format_ = r'/%P\t%u:%g\t%m\t%y\n'
        listed = self.run(f"find / -xdev -mindepth 1 -printf '{format_}'")
        rows = (line.split('\t') for line in listed.splitlines())
        return {
            path: Entry(*rest, self._accounts(path))
            for path, *rest in rows
            if not _NOT_LISTED.search(path)
        }

    def _accounts(self, path: str) -> str:
        if path not in ('/etc/passwd', '/etc/group', '/etc/shadow'):
            return ''
        return self.read(path.lstrip('/'))

    def _host(self, *command: object, status: int = 0) -> str:
        done = subprocess.run(
            [*map(str, command)],
            env=surroundings(
                DEBIAN_FRONTEND='noninteractive',
                LC_ALL='C.UTF-8',
                PATH='/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin'
                ':/usr/bin:/bin',
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout


def mirror() -> str:
    """Return the mirror of Debian that this machine uses.

    Raises LookupError if no file of apt names one.
    """
    for found in _mirrors():
        return found
    raise LookupError(
        f'no file in {_SOURCES} names a mirror of {SUITE}: give --mirror'
    )


def _mirrors() -> Iterator[str]:
    for file in sorted(_SOURCES.glob('sources.list.d/*.sources')):
        text = file.read_text()
        if re.search(rf'^Suites:.*\b{SUITE}\b', text, re.MULTILINE):
            yield from re.findall(r'^URIs: (\S+)', text, re.MULTILINE)
    for file in (_SOURCES / 'sources.list',):
        if file.exists():
            yield from re.findall(
                rf'^deb (?:\[.*\] )?(\S+) {SUITE} main',
                file.read_text(),
                re.MULTILINE,
            )
