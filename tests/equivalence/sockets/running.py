"""Many requests through one guard and one front of nova."""

import collections
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.equivalence.sockets import checking, raw_requests, shrinking
from tests.equivalence.sockets.checking import Checked, Line
from tests.equivalence.sockets.raw_requests import Raw
from tests.equivalence.sockets.sending import Sender
from tests.proxy.client import Address

_BATCH = 400


class Combination:
    """One guard before one front of nova, both running.

    *decisions* and *reached* are the files of records of either; *prefix* is
    what nova's server makes of the path of its endpoint.
    """

    def __init__(
        self,
        name: str,
        address: Address,
        prefix: str,
        decisions: Path,
        reached: Path,
    ) -> None:
        self.name = name
        self._prefix = prefix
        self._decisions = decisions
        self._reached = reached
        self._sender = Sender(address)

    def close(self) -> None:
        """Stop the senders."""
        self._sender.close()

    def send(self, requests: Sequence[Raw]) -> list[Checked]:
        """Return the results of *requests*.

        What reached nova and was none of them is that of the first.
        """
        # Somebody has looked whether all are running.
        _taken(self._reached)
        sent = self._sender.send(requests)
        decisions = _by(_taken(self._decisions), 'client')
        reached = _by(_taken(self._reached), 'nonce')
        found = [
            Checked(one, _of(one.nonce, decisions), _of(one.nonce, reached))
            for one in sent
        ]
        found[0].reached.extend(
            line for lines in reached.values() for line in lines
        )
        return found

    def problem(self, checked: Checked) -> str | None:
        """Return its problem in a few words, or None."""
        return checking.problem(checked, self._prefix)


class Wrong(NamedTuple):
    """A problem of so many *requests*, of which one is *example*."""

    words: str
    requests: int
    example: bytes

    def __str__(self) -> str:
        return f'{self.words} ({self.requests} requests): {self.example!r}'


class Run:
    """The results of some requests through one combination.

    reached   how many reached a controller of nova
    changed   how many reached its update of a server
    statuses  of the answers; 0 counts requests without one
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests = 0
        self.reached = 0
        self.changed = 0
        self.seconds = 0.0
        self.statuses: collections.Counter[int] = collections.Counter()
        self._wrong: collections.Counter[str] = collections.Counter()
        self._examples: dict[str, bytes] = {}

    @property
    def wrong(self) -> list[Wrong]:
        """The problems, each with its smallest example."""
        return [
            Wrong(words, count, self._examples[words])
            for words, count in self._wrong.items()
        ]

    @property
    def unjudged(self) -> int:
        """How many requests went wrong."""
        return self._wrong.total()

    def add(self, checked: Checked, words: str | None) -> bool:
        """Count a request; tell whether *words* are new."""
        self.requests += 1
        self.reached += checked.is_reached
        self.changed += checked.is_changed
        self.statuses[checked.status or 0] += 1
        if words:
            self._wrong[words] += 1
        return bool(words) and words not in self._examples

    def exemplify(self, words: str, example: bytes) -> None:
        """Keep the smallest request that went wrong so."""
        self._examples[words] = example


def run(
    combination: Combination,
    examples: int,
    seed: int,
    tell: Callable[[Run], object] = lambda run: None,
) -> Run:
    """Send so many requests, the same for each *seed*; *tell* how it goes."""
    run = Run(combination.name)
    drawn = random.Random(f'{seed} {combination.name}')
    begun = time.monotonic()
    while run.requests < examples:
        size = min(_BATCH, examples - run.requests)
        _add(run, combination, [_drawn(drawn) for _ in range(size)])
        run.seconds = time.monotonic() - begun
        tell(run)
    return run


def _drawn(drawn: random.Random) -> bytes:
    return drawn.randbytes(raw_requests.SIZE)


def _add(run: Run, combination: Combination, batch: list[bytes]) -> None:
    made = {raw_requests.made(data): data for data in batch}
    for checked in combination.send([*made]):
        words = combination.problem(checked)
        if run.add(checked, words) and words:
            data = made[checked.sent.raw]
            run.exemplify(words, _smallest(combination, data, words))


def _smallest(combination: Combination, data: bytes, words: str) -> bytes:
    """Return the bytes of the plainest request with which the same is so."""

    def goes_wrong(candidate: bytes) -> bool:
        (checked,) = combination.send([raw_requests.made(candidate)])
        return combination.problem(checked) == words

    smallest = shrinking.smallest(data, goes_wrong)
    return raw_requests.made(smallest).sent('n')


def _taken(file: Path) -> list[Line]:
    """Return the lines of *file*, and leave it empty.

    All who write to it write to its end.
    """
    if not file.exists():
        return []
    lines = file.read_bytes().splitlines()
    os.truncate(file, 0)
    return [json.loads(line) for line in lines]


def _by(lines: list[Line], key: str) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line[key], []).append(line)
    return found


def _of(nonce: str, lines: dict[str, list[Line]]) -> list[Line]:
    """Take the lines of a request, and of one inside of it."""
    inner = lines.pop(f'{nonce}-inner', [])
    return [*lines.pop(nonce, []), *inner]
