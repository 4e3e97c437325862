"""One request, sent just as it is written; its answer, as it came."""

import http.client
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.cloud.web import TIMEOUT_SECONDS


class Exact(NamedTuple):
    """An answer: its header fields in order, and nothing decoded."""

    status: int
    reason: str
    fields: list[tuple[str, str]]
    body: bytes


def send(
    url: str,
    method: str,
    target: str,
    fields: Mapping[str, str],
    body: bytes | None = None,
) -> Exact:
    """Send exactly this to the host and port of *url*."""
    address = urlsplit(url).netloc
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT_SECONDS)
    try:
        connection.putrequest(method, target, True, True)
        for name, text in ({'Host': address} | dict(fields)).items():
            connection.putheader(name, text)
        if body is not None:
            connection.putheader('Content-Length', str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Exact(
            response.status,
            response.reason,
            response.getheaders(),
            response.read(),
        )
    finally:
        connection.close()
