"""The cost of a request to nova with each HTTP client.

``python -m tests.bench.http_clients``: processor time of the client, for a
small answer on a connection that is kept; rounds take turns. Needs what
``tests/bench/requirements.txt`` names.
"""

import http.client
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pycurl
import urllib3

from nova_update_guard.conf.proxy import load
from nova_update_guard.proxy.nova_request import Request
from nova_update_guard.proxy.upstream import Upstream

ROUNDS = 7
REQUESTS = 300
PATH = '/v2.1/servers/a'
HEADERS = {
    'X-Auth-Token': 't' * 180,
    'Accept': 'application/json',
    'OpenStack-API-Version': 'compute 2.90',
    'User-Agent': 'bench',
}
_BODY = b'{"server": {"id": "a", "name": "b"}}' * 5
_RESPONSE = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
    b'OpenStack-API-Version: compute 2.90\r\nContent-Length: %d\r\n\r\n%s'
) % (len(_BODY), _BODY)

Send = Callable[[], bytes]


def main() -> None:
    """Print the cost of each, and its ratio to the first."""
    with standin() as port:
        clients = {make.__name__: make(port) for make in CLIENTS}
        spent: dict[str, list[float]] = {name: [] for name in clients}
        for _ in range(ROUNDS):
            for name, send in clients.items():
                spent[name].append(_seconds(send))
    medians = {name: statistics.median(all_) for name, all_ in spent.items()}
    first = next(iter(medians.values()))
    for name, seconds in medians.items():
        print(f'{name:12} {seconds * 1e6:7.1f} µs {seconds / first:6.2f}')


def _seconds(send: Send) -> float:
    assert send() == _BODY
    start = time.thread_time()
    for _ in range(REQUESTS):
        send()
    return (time.thread_time() - start) / REQUESTS


def proxy(port: int) -> Send:
    """The guard's own: a socket, and llhttp."""
    url = f'http://127.0.0.1:{port}'
    upstream = Upstream(load({'nova_endpoints': url}))
    request = Request('GET', PATH, [*HEADERS.items()], None)
    return lambda: b''.join(upstream.send(request))


def libcurl(port: int) -> Send:
    """A multi handle, pulled."""
    multi, easy = pycurl.CurlMulti(), pycurl.Curl()

    def send() -> bytes:
        chunks: list[bytes] = []
        headers: list[bytes] = []
        easy.reset()
        easy.setopt(pycurl.URL, f'http://127.0.0.1:{port}')
        easy.setopt(pycurl.REQUEST_TARGET, PATH)
        easy.setopt(
            pycurl.HTTPHEADER, [f'{key}: {_}' for key, _ in HEADERS.items()]
        )
        easy.setopt(pycurl.WRITEFUNCTION, chunks.append)
        easy.setopt(pycurl.HEADERFUNCTION, headers.append)
        multi.add_handle(easy)
        while multi.perform()[1]:
            multi.select(1.0)
        multi.remove_handle(easy)
        return b''.join(chunks)

    return send


def standard(port: int) -> Send:
    """Python's own http.client."""
    connection = http.client.HTTPConnection('127.0.0.1', port)

    def send() -> bytes:
        connection.request('GET', PATH, headers=HEADERS)
        return connection.getresponse().read()

    return send


def urllib3_(port: int) -> Send:
    """urllib3, as a stream."""
    pool = urllib3.HTTPConnectionPool('127.0.0.1', port)

    def send() -> bytes:
        response = pool.urlopen(
            'GET', PATH, headers=HEADERS, retries=False, preload_content=False
        )
        body = response.read()
        response.release_conn()
        return body

    return send


def httpx_(port: int) -> Send:
    """httpx, with its own defaults."""
    client = httpx.Client()
    return lambda: (
        client.get(f'http://127.0.0.1:{port}{PATH}', headers=HEADERS).content
    )


CLIENTS = (proxy, libcurl, standard, urllib3_, httpx_)


@contextmanager
def standin() -> Iterator[int]:
    """Yield the port of a stand-in for nova with one small answer.

    It is a process of its own: a thread would want Python's lock.
    """
    with socket.create_server(('127.0.0.1', 0)) as server:
        context = multiprocessing.get_context('fork')
        process = context.Process(target=_serve, args=(server,), daemon=True)
        process.start()
        yield server.getsockname()[1]
        process.terminate()
        process.join()


def _serve(server: socket.socket) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(
            target=_response, args=(connection,), daemon=True
        ).start()


def _response(connection: socket.socket) -> None:
    with connection:
        while connection.recv(65536):
            connection.sendall(_RESPONSE)


if __name__ == '__main__':
    main()
