"""Microversion headers in every shape that a client could send."""

import functools
from typing import NamedTuple

from hypothesis import strategies as st

from tests.equivalence import model, picks, wire
from tests.equivalence.picks import Picks

HEADER = 'HTTP_OPENSTACK_API_VERSION'
LEGACY = 'HTTP_X_OPENSTACK_NOVA_API_VERSION'
PREFIXES = ['/v2.1', '/v2.1', '/v2.1', '/v2']

SERVICES = [
    *['compute'] * 12,
    *('COMPUTE', 'Compute', 'volume', 'placement', 'computer', '', 'nova'),
    *('compute:', '"compute"', 'compute=', 'comp\xfcte', 'compute-2.1'),
]
GAPS = [*[' '] * 12, '', '  ', '\t', '\xa0', '\x0b', '\x85', '=', ':', '\x1c']
GARBAGE = [
    *('latest', 'LATEST', 'latest ', 'latest.', '', '2', '2.', '.1', '2.1.1'),
    *('2.x', '02.1', '2.01', '2.0', '0.1', '0.0', '1.1', '3.0', '3.1', '-2.1'),
    *('+2.1', '2.1e1', '2 .1', '2. 1', '2.1;', '2,1', '2.1 2.2', '2.1a'),
    *('\xb2.1', '2.\xb9', '2_0.1', '2.1_0', '\xef\xbc\x92.1', '2.1\x00', 'v2'),
    *('2.999', '2.' + '9' * 20, '9' * 20 + '.1', '2.' + '1' * 4301, '2.1\n'),
    *('2.00', '20.1', '22.1', 'None', 'null', '2.1"', '"2.1"', '2..1', '2.-1'),
    *('2.1\x0b', '2.1\xa0', '2.1\x85', '2.1\x1c', 'latest\n', '0x2.1'),
]
# Whether a header is sent, and whether a version in it has a service.
SENT, SENT_LEGACY = [False, True, True], [False, True]
NAMED, BARE = [True, True, True, False], [False, False, False, True]
ENDS = [*[''] * 12, ' ', '  ', ',', ' ,', '\t', ';', '\n', '\xa0', ' x', ',,']


@functools.cache
def _versions() -> list[str]:
    newest = model.newest()
    real = [f'2.{minor}' for minor in range(1, newest + 1)]
    beyond = [f'2.{newest + 1}', f'2.{newest}0']
    return (real + beyond) * 2 + GARBAGE * 2


class Versioned(NamedTuple):
    """A request with these headers; None is one that was not sent."""

    prefix: str = '/v2.1'
    header: str | None = None
    legacy: str | None = None

    def environ(self) -> wire.Environ:
        """Return it as a WSGI server would hand it on."""
        headers = {HEADER: self.header, LEGACY: self.legacy}
        more = {key: text for key, text in headers.items() if text is not None}
        return wire.environ('GET', f'{self.prefix}/servers/a', b'', more)


def requests() -> st.SearchStrategy[Versioned]:
    """Return the strategy of all requests with headers of versions."""
    return picks.examples(_request, 20)


def _request(pick: Picks) -> Versioned:
    prefix = pick.one(PREFIXES)
    header = _header(pick, NAMED) if pick.one(SENT) else None
    legacy = _header(pick, BARE) if pick.one(SENT_LEGACY) else None
    return Versioned(prefix, header, legacy)


def _header(pick: Picks, forms: list[bool]) -> str:
    """Return a header of one or two versions, each with a name or without."""
    return ','.join(_one(pick, forms) for _ in range(pick.one([1, 2])))


def _one(pick: Picks, forms: list[bool]) -> str:
    version = f'{pick.one(_versions())}{pick.one(ENDS)}'
    if not pick.one(forms):
        return version
    return f'{pick.one(SERVICES)}{pick.one(GAPS)}{version}'
