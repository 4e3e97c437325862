"""Raw requests over several connections at once, and the answers to them."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from tests.equivalence.sockets.raw_requests import Raw
from tests.proxy import client
from tests.proxy.client import Address, Client, Response
from tests.proxy.messages import BrokenOffError

_CONNECTIONS = 4
_STATUS = re.compile(rb'HTTP/1\.[01] ([0-9]{3})')
# What the end of a connection looks like, wherever it comes.
_ENDS = (OSError, BrokenOffError, ValueError)


class Sent(NamedTuple):
    """A request, its nonce, and all responses to it."""

    raw: Raw
    nonce: str
    responses: list[Response]


class Sender:
    """Sends requests to *address*; each gets a nonce of its own."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._count = 0
        self._threads = ThreadPoolExecutor(_CONNECTIONS)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def send(self, requests: Sequence[Raw]) -> list[Sent]:
        """Return the result of each, in order, when all have responses."""
        first, self._count = self._count, self._count + len(requests)
        named = [
            (raw, f'n{number}') for number, raw in enumerate(requests, first)
        ]
        shares = [named[n::_CONNECTIONS] for n in range(_CONNECTIONS)]
        done = self._threads.map(self._share, filter(None, shares))
        by_nonce = {sent.nonce: sent for share in done for sent in share}
        return [by_nonce[nonce] for _, nonce in named]

    def _share(self, named: list[tuple[Raw, str]]) -> list[Sent]:
        """Send some requests one after the other."""
        with _Kept(self._address) as kept:
            return [
                Sent(raw, nonce, [*self._responses(kept, raw, nonce)])
                for raw, nonce in named
            ]

    def _responses(
        self, kept: '_Kept', raw: Raw, nonce: str
    ) -> list[Response]:
        data = raw.sent(nonce)
        if raw.is_plain:
            return kept.responses(data, raw.method == 'HEAD')
        with suppress(OSError):
            return [*_alone(self._address, data)]
        return []


def _alone(address: Address, data: bytes) -> Iterator[Response]:
    """Yield all that comes of *data* as one answer, headers and all.

    How many there are, and where one ends, is what *data* leaves open.
    """
    with client.connected(address) as connection:
        with suppress(OSError):
            connection.send(data)
            connection.say_no_more()
        found = connection.rest()
    if status := _STATUS.match(found):
        yield Response(int(status[1]), {}, found)


class _Kept:
    """A connection that is used again, as long as the server keeps it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client: Client | None = None

    def __enter__(self) -> '_Kept':
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def responses(self, data: bytes, is_head: bool) -> list[Response]:
        """Return the answer to *data*; none if the server hangs up."""
        is_used = self._client is not None
        found = [*self._tried(data, is_head)]
        if not found and is_used:
            # It had been ended with the answer before.
            found = [*self._tried(data, is_head)]
        return found

    def _tried(self, data: bytes, is_head: bool) -> Iterator[Response]:
        try:
            self._client = self._client or Client(
                self._address, client.SECONDS
            )
            self._client.send(data)
            response = self._client.response(is_head)
        except _ENDS:
            response = None
        if response is None or response.headers.get('connection') == 'close':
            self._end()
        if response:
            yield response

    def _end(self) -> None:
        if self._client:
            self._client.close()
        self._client = None
