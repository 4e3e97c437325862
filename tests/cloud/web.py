"""JSON over HTTP to the services on this machine."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

# The cloud is on loopback: whatever proxy the shell names is not for it.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Response:
    """A service's response."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is something else."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def send(
    method: str,
    url: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Response:
    """Return the response to one request, of any status.

    *body* is sent as JSON, or as it is if it is bytes.
    """
    request = _request(method, url, body, headers or {})
    try:
        with _OPENER.open(request, timeout=timeout) as response:
            return Response(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, error.headers, error.read())


def _request(
    method: str, url: str, body: object, headers: Mapping[str, str]
) -> urllib.request.Request:
    request = urllib.request.Request(url, method=method, headers=dict(headers))
    request.add_header('Accept', 'application/json')
    if body is not None:
        request.data = _bytes(body)
        if not request.has_header('Content-type'):
            request.add_header('Content-Type', 'application/json')
    return request


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
