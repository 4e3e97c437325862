"""The reverse proxy under gunicorn.

gunicorn -c /etc/nova-update-guard/gunicorn.conf.py
"""

import os
import socket
import struct

wsgi_app = 'nova_update_guard.wsgi'
bind = '127.0.0.1:8871'
# One per core; threads wait for nova meanwhile.
workers = 2
worker_class = 'gthread'
threads = 16
# Longer than HAProxy keeps a connection that it does not use.
keepalive = 65
# gunicorn's maximum.
limit_request_line = 8190
# Room for a token in the headers, as much as oslo.service's max_header_line.
# All are at most a megabyte: gunicorn reads them again for each piece.
limit_request_field_size = 16384
limit_request_fields = 64
# No header of a request sets the guard's path or the caller.
forwarder_headers = ''
header_map = 'drop'
# X-Forwarded-Proto counts only if http_proxy_to_wsgi is configured so.
secure_scheme_headers = {}
# gunicorn warns of request lines that it cannot read, and quotes them: after a
# wrong Content-Length that is the rest of a body.
loglevel = 'error'
# No control by a socket.
control_socket_disable = True
# Seconds for a stopped worker to finish its requests.
graceful_timeout = 70
# Seconds for the next bytes of a request, and of a response: gunicorn itself
# waits for ever. A whole body has body_timeout and client_timeout of
# nova-update-guard.conf; headers that come in drips only HAProxy bounds.
_SOCKET_SECONDS = 10


def when_ready(server):
    """Bound each wait: what is set here holds for the connections, too."""
    seconds = struct.pack('@ll', _SOCKET_SECONDS, 0)
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, seconds)


def pre_fork(server, worker):
    """Choose the core that has the fewest workers."""
    used = [other.core for other in server.WORKERS.values()]
    worker.core = min(sorted(os.sched_getaffinity(0)), key=used.count)


def post_fork(_server, worker):
    """Keep *worker* on its core.

    Only one thread of a process runs Python at a time: spread over several
    cores, a busy process serves fewer requests.
    """
    os.sched_setaffinity(0, {worker.core})


def post_worker_init(worker):
    """Log no client that was too slow: gunicorn takes it for a fault."""
    worker.log.error_log.addFilter(_is_fault)


def _is_fault(record):
    error = record.exc_info and record.exc_info[1]
    return not isinstance(error, BlockingIOError)
