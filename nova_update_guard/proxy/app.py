"""The first and the last app of the reverse proxy's pipeline."""

import functools
import io
from collections.abc import Callable, Generator, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from oslo_context.context import RequestContext
from oslo_middleware import request_id

from nova_update_guard.compute_api import paths
from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.middleware import deadlines, refusals, responses
from nova_update_guard.middleware.deadlines import Deadline
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.proxy import headers, http_syntax
from nova_update_guard.proxy.exchange import UpstreamResponse
from nova_update_guard.proxy.nova_request import Request, Stream
from nova_update_guard.proxy.upstream import Upstream
from nova_update_guard.wsgi_types import (
    StartResponse,
    WSGIApplication,
    WSGIEnvironment,
)

_LEGACY_V2 = 'openstack.legacy_v2'
# So much of a response the system takes at once, though the client reads
# nothing, if nothing else waits there: Linux has 16 kB (net.ipv4.tcp_wmem).
_UNTIMED_BYTES = 4096

# Called with the cause of each request that failed, one of refusals.CAUSES.
Failed = Callable[[str], object]


class WellFormed:
    """The first app: passes on only requests that have one meaning.

    Responds 500 to an exception behind it: uWSGI would close the connection
    without a response, and gunicorn would log the message, which may quote a
    body. A client has *seconds* to receive the response. *failed* is called
    for each exception.
    """

    def __init__(
        self, app: WSGIApplication, seconds: float, failed: Failed
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._failed = failed

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        refusal = http_syntax.check(environ)
        if refusal:
            # For the log, where this thread's last caller would be named.
            environ[request_id.ENV_REQUEST_ID] = RequestContext().request_id
            return _refused(environ, start, refusal)
        try:
            return self._served(environ, start)
        except Exception as error:
            caught = error
        refusal = _failure(environ, caught, self._failed)
        return _refused(environ, start, refusal)

    def _served(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        if 'uwsgi.version' in environ:
            # uWSGI sets the scheme from anybody's X-Forwarded-Proto.
            is_tls = environ.get('HTTPS') in ('on', '1')
            environ['wsgi.url_scheme'] = 'https' if is_tls else 'http'
        # The path that is checked from here on is the one sent to nova.
        path = paths.with_single_slashes(environ.get('PATH_INFO', ''))
        environ['PATH_INFO'] = path
        # nova's urlmap decides by the path; nova's /v2 pipeline sets this.
        if paths.is_legacy_v2(path):
            environ[_LEGACY_V2] = True
        body = self._app(environ, start)
        if (
            isinstance(body, list)
            and sum(map(len, body)) <= _UNTIMED_BYTES
            and deadlines.is_all_sent(environ)
        ):
            return body
        return _Sending(body, Deadline.of_response(environ, self._seconds))


class _Sending:
    """A response's body; the client must receive it by the *deadline*."""

    def __init__(self, body: Iterable[bytes], deadline: Deadline) -> None:
        self._body = body
        self._chunks = _timed(body, deadline)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Close the body, as PEP 3333 demands."""
        self._chunks.close()
        responses.close(self._body)


def _timed(
    body: Iterable[bytes], deadline: Deadline
) -> Generator[bytes, None, None]:
    for chunk in body:
        # The server sends this chunk before it asks for the next one.
        with deadline:
            yield chunk


def by_path_only(app: WSGIApplication) -> WSGIApplication:
    """Return *app*, for requests in which only the path names nova's API.

    Others are refused before anything asks keystone or nova for them.
    """

    def serve(
        environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        refusal = http_syntax.check_media_types(environ)
        if refusal:
            return _refused(environ, start, refusal)
        return app(environ, start)

    return serve


class NovaProxy:
    """Forwards requests to nova, and streams the responses back.

    *failed* is called for each response that does not arrive.
    """

    def __init__(
        self, upstream: Upstream, body_timeout: float, failed: Failed
    ) -> None:
        self._upstream = upstream
        self._body_timeout = body_timeout
        self._failed = failed

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        refusal = http_syntax.check_media_types(environ)
        if refusal:
            return _refused(environ, start, refusal)
        try:
            request = _request(environ, self._body_timeout)
            response = self._upstream.send(request)
        except Exception as error:
            caught = error
        else:
            start(response.status, headers.response_headers(response.headers))
            return _Chunks(response, self._failed)
        refusal = _failure(environ, caught, self._failed)
        # Its traceback would keep this frame, and idle connections, alive.
        del caught
        return _refused(environ, start, refusal)


class _Chunks:
    """A response's body; ``close`` also ends the exchange with nova."""

    def __init__(self, response: UpstreamResponse, failed: Failed) -> None:
        self._chunks = _counted(response, failed)
        self.close = response.close

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks


def _counted(body: Iterable[bytes], failed: Failed) -> Iterator[bytes]:
    """Yield the chunks of *body*; call *failed* if nova breaks off."""
    try:
        yield from body
    except NovaFailedError:
        failed(refusals.NOVA)
        raise


def _failure(
    environ: WSGIEnvironment, error: Exception, failed: Failed
) -> Refusal:
    """Return the refusal for *error*; call *failed*, unless a client did."""
    refusal = refusals.of_exception(environ, error)
    cause = refusals.cause_of(refusal) or refusals.NOVA
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        failed(cause)
    return refusal


def _refused(
    environ: WSGIEnvironment, start: StartResponse, refusal: Refusal
) -> Iterable[bytes]:
    response = refusals.response(GuardedRequest(environ), refusal)
    start(response.status, response.headers)
    return response.body


def _request(environ: WSGIEnvironment, body_timeout: float) -> Request:
    return Request(
        environ['REQUEST_METHOD'],
        headers.target(environ),
        headers.request_headers(environ),
        _body(environ, body_timeout),
    )


def _body(environ: WSGIEnvironment, seconds: float) -> bytes | Stream | None:
    """Return the body of a request, or None if it has none.

    The body of a HEAD has no meaning (RFC 9110, 9.3.2). The reader of a stream
    raises SlowClientError after *seconds* of waiting.
    """
    if environ['REQUEST_METHOD'] == 'HEAD' or not headers.has_body(environ):
        return None
    source = environ['wsgi.input']
    if isinstance(source, io.BytesIO):
        # The guard has read all of it, or written it.
        return source.read()
    deadline = Deadline.of_body(environ, seconds)
    if not environ.get('CONTENT_LENGTH'):
        read = functools.partial(deadlines.read, source, deadline=deadline)
        return Stream(read, None)
    length = int(environ['CONTENT_LENGTH'])
    return Stream(_exactly(source, length, deadline), length)


def _exactly(
    source: Any, length: int, deadline: Deadline
) -> Callable[[int], bytes]:
    """Return a reader of *length* bytes; it raises EOFError for fewer."""
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        chunk = deadlines.read(source, min(size, length - at), deadline)
        at += len(chunk)
        if at < length and not chunk:
            raise EOFError
        return chunk

    return read
