"""Two policies that take turns, their marks, and wrong ones.

Each hides what the other shows and allows what the other refuses: an answer
in which both can be seen was judged by a mixture. What both hide must never
be seen.
"""

import itertools
import os
import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_UPDATE = 'update_guard:server:update:'
_SHOW = 'update_guard:server:show:'
# Hidden by both, from members.
NEVER = 'OS-EXT-STS:vm_state'
_ALWAYS = f'{_SHOW}{NEVER}: role:admin\n'
_EVERY_SECONDS = 1.0


class Policy(NamedTuple):
    """A policy under which members *may* change one field, not the *other*.

    Of two attributes they do not see *hidden*.
    """

    may: str
    other: str
    hidden: str

    @property
    def text(self) -> str:
        """The policy file."""
        return (
            f'{_UPDATE}{self.other}: role:admin\n'
            f'{_SHOW}{self.hidden}: role:admin\n{_ALWAYS}'
        )


ONE = Policy('name', 'description', 'hostId')
OTHER = Policy('description', 'name', 'key_name')
_WRONG = (
    b'a: [',
    b'',
    b'\xff\xfe',
    ONE.text.encode()[:-9] + b'\n',
    b'update_guard:server:show:nothing: "@"\n',
    b'update_guard:server:show:name: rule:nothing\n',
    b'a: rule:b\nb: rule:a\n',
    b'update_guard:server:show:name: this is no check\n',
    (ONE.text * 2).encode(),
)


def of(server: Mapping[str, Any]) -> Policy | None:
    """Return by which policy a member's *server* was redacted, if by one."""
    hidden = {
        policy for policy in (ONE, OTHER) if not server.get(policy.hidden)
    }
    return hidden.pop() if len(hidden) == 1 else None


class Changing:
    """Writes another policy each second, every third time a wrong one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._enough = threading.Event()
        self.written = 0
        self.wrong = 0

    def run(self) -> None:
        """Go on until it is enough."""
        for data in self._texts():
            self._write(data)
            if self._enough.wait(_EVERY_SECONDS):
                return

    def end(self) -> None:
        """Write no more."""
        self._enough.set()

    def _texts(self) -> Iterator[bytes]:
        good = itertools.cycle([ONE, OTHER])
        wrong = itertools.cycle(_WRONG)
        while True:
            yield next(good).text.encode()
            yield next(good).text.encode()
            self.wrong += 1
            yield next(wrong)

    def _write(self, data: bytes) -> None:
        """Replace the file, or write into it, as editors and tools do."""
        unfinished = self._path.with_suffix('.unfinished')
        unfinished.write_bytes(data)
        if random.random() < 0.3:
            # oslo.policy by itself never loads what is older than before.
            os.utime(unfinished, (1, 1))
        if random.random() < 0.7:
            unfinished.replace(self._path)
        else:
            self._path.write_bytes(data)
        self.written += 1
