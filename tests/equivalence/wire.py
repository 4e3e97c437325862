"""A request as a WSGI server hands it on, and the answer to it."""

import io
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]


class Response(NamedTuple):
    """A WSGI application's response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of this *name*."""
        found = (text for key, text in self.headers if key.lower() == name)
        return next(found, None)

    @property
    def json(self) -> Any:
        """The body as JSON; as it is, if it is something else."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


def environ(
    method: str,
    raw_path: str,
    body: bytes = b'',
    more: Mapping[str, Any] | None = None,
) -> Environ:
    """Return the environ of a request; *more* is added as it is.

    *raw_path* is as it stands in the request line, without the query.
    """
    return {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': '',
        'PATH_INFO': unquote_to_bytes(raw_path.encode()).decode('latin-1'),
        'QUERY_STRING': '',
        'SERVER_NAME': 'nova',
        'SERVER_PORT': '80',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'HTTP_HOST': 'nova',
        'CONTENT_LENGTH': str(len(body)),
        'wsgi.version': (1, 0),
        'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(body),
        'wsgi.errors': io.StringIO(),
        'wsgi.multithread': False,
        'wsgi.multiprocess': False,
        'wsgi.run_once': False,
        **(more or {}),
    }


def send(app: Any, request: Environ) -> Response:
    """Return *app*'s response; an exception is a response with 500.

    In a real nova, FaultWrapper makes a 500 of it.
    """
    reported: list[Any] = []
    try:
        chunks = app(request, lambda *head: reported.append(head))
        body = b''.join(chunks)
    except Exception as error:
        return Response(500, [], repr(error).encode())
    status, headers = reported[-1][:2]
    return Response(int(status[:3]), headers, body)
