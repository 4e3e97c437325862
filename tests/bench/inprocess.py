"""The guard's cost for a request, in this process and without nova."""

import io
import json
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oslo_context.context import RequestContext

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.deploy import filters
from tests.bench import documents, measure, redactions
from tests.bench.measure import Measured, Ratio, Work

Environ = dict[str, Any]
App = Callable[[Environ, Any], Any]

_UPDATE = b'{"server": {"name": "new"}}'
_MICROSECONDS = 1e6


def member() -> RequestContext:
    """Return a caller as nova's pipeline leaves it in the environ."""
    return RequestContext(
        user_id='u',
        project_id='p',
        roles=['member', 'reader'],
        overwrite=False,
    )


def environ(
    method: str, path: str, caller: object, body: bytes = b''
) -> Environ:
    """Return a request of *caller*, as nova's pipeline passes it on."""
    return {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': '',
        'PATH_INFO': path,
        'QUERY_STRING': '',
        'SERVER_NAME': 'nova',
        'SERVER_PORT': '80',
        'HTTP_HOST': 'nova',
        'HTTP_OPENSTACK_API_VERSION': f'compute {MAX}',
        'CONTENT_TYPE': 'application/json',
        'CONTENT_LENGTH': str(len(body)),
        'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(body),
        'nova.context': caller,
        'openstack.request_id': 'req-1',
    }


def guard(app: App, **options: str) -> App:
    """Return *app* behind the whole stack, with the default policy.

    Decisions are recorded as by default, into a file.
    """
    folder = Path(tempfile.mkdtemp())
    policy = folder / 'policy.yaml'
    policy.write_text('# The defaults.\n')
    return filters.update_guard(
        {},
        policy_file=str(policy),
        decision_log=str(folder / 'decisions.log'),
        **options,
    )(app)


def rows() -> list[Measured]:
    """Return the rows that need no nova."""
    return [
        _passing_on(),
        _open_place(),
        *(measure.measured(row) for row in redactions.rows()),
        _peak_memory(),
    ]


def updating(app: App, caller: object) -> Work:
    """Return a function that sends one update to *app*."""
    return _sending(app, caller, 'PUT', '/v2.1/servers/a', _UPDATE)


def creating(app: App, caller: object) -> Work:
    """Return a function that sends one create of 10 KB to *app*."""
    body = json.dumps(documents.CREATE).encode()
    return _sending(app, caller, 'POST', '/v2.1/servers', body)


def _sending(
    app: App, caller: object, method: str, path: str, body: bytes
) -> Work:
    return lambda: app(environ(method, path, caller, body), started)


def _passing_on() -> Measured:
    """Return the stack's cost for a request that is not guarded."""
    request = environ('GET', '/v2.1/flavors', member())
    guarded, empty = guard(ok), _empty(ok)
    added = [
        (_seconds(guarded, request) - _seconds(empty, request)) * _MICROSECONDS
        for _ in range(measure.ROUNDS)
    ]
    return Measured(
        "a request that is not the guard's business: added, in µs",
        'the same app behind one empty WSGI middleware',
        measure.spread(added),
        3.0,
    )


def _open_place() -> Measured:
    """Return what a place costs above that, if everybody sees all of it."""
    guarded = guard(ok)
    flavors = environ('GET', '/v2.1/flavors', member())
    addresses = environ('GET', '/v2.1/servers/a/ips', member())
    added = [
        (_seconds(guarded, addresses) - _seconds(guarded, flavors))
        * _MICROSECONDS
        for _ in range(measure.ROUNDS)
    ]
    return Measured(
        'a place that hides nothing (GET /servers/{id}/ips): added, in µs',
        "a request that is not the guard's business",
        measure.spread(added),
        2.0,
    )


def _seconds(app: App, request: Environ, count: int = 20_000) -> float:
    start = time.perf_counter()
    for _ in range(count):
        app(request, started)
    return (time.perf_counter() - start) / count


def _peak_memory() -> Measured:
    """Return the peak of memory for a long list, in terms of its size."""
    body = documents.body(1000)
    work = redactions.redacting(body, redactions.caller({}, redactions.MEMBER))
    work()
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    times = peak / len(body)
    return Measured(
        'peak memory for detail of 1000 servers, above the body',
        'the size of the body',
        Ratio(times, times, times),
        8.0,
    )


def _empty(app: App) -> App:
    def middleware(environ: Environ, start: Any) -> Any:
        return app(environ, start)

    return middleware


def ok(_: Environ, start: Any) -> list[bytes]:
    start('200 OK', [('Content-Length', '0')])
    return []


def started(*_: object) -> None:
    pass
