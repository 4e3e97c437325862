"""Refuse malformed and ambiguous requests.

WSGI servers differ in the requests that they accept; this check is the same
behind all of them. Sources: RFC 9110 (5, fields; 9.1, methods), RFC 9112 (3.2,
targets; 6.3, lengths), RFC 3986 (5.2.4, dot segments),
``nova.api.openstack.urlmap`` (versions in media types).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from nova_update_guard.bounded_cache import cached
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.paths import has_dot_segment
from nova_update_guard.proxy.headers import is_chunked, received

Environ = Mapping[str, Any]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HTTP = re.compile(r'HTTP/[0-9](?:\.[0-9])?\Z')
_LENGTH = re.compile(r'[0-9]{0,18}\Z')
_HOST = re.compile(r"[0-9A-Za-z._~%!$&'()*+;=:\[\]-]*\Z")
_QUERY = re.compile(r'[!"$-~]*\Z')
_VALUE = re.compile(r'[\t\x20-\x7e\x80-\xff]*\Z')


def check(environ: Environ) -> Refusal | None:
    """Return the refusal of a malformed or ambiguous request, or None."""
    for problem, holds in _PROBLEMS:
        if holds(environ):
            return _malformed(problem)
    if is_chunked(environ) and not environ.get('wsgi.input_terminated'):
        return _NO_CHUNKS
    return None


def check_media_types(environ: Environ) -> Refusal | None:
    """Return the refusal of a media type with a version, or None.

    It is for each request that is sent to nova, which chooses its API by such
    a version if the path has none. What the proxy serves itself needs no such
    check: Prometheus always names versions in Accept.
    """
    return _MEDIA_VERSION if _has_media_version(environ) else None


def _has_dot_segment(environ: Environ) -> bool:
    """Check for a dot segment in the path, and in the path as it was sent.

    uWSGI and mod_wsgi take dot segments out of PATH_INFO, gunicorn does not.
    """
    paths = [environ.get('PATH_INFO', '')]
    for key in ('REQUEST_URI', 'RAW_URI'):
        sent = environ.get(key, '').partition('?')[0].encode('latin-1')
        paths.append(unquote_to_bytes(sent).decode('latin-1'))
    return any(map(has_dot_segment, paths))


def _has_media_version(environ: Environ) -> bool:
    """Check whether a media type has a version, in any spelling.

    nova removes backslashes in quoted strings.
    """
    return any(
        'version' in environ.get(key, '').replace('\\', '').lower()
        for key in ('HTTP_ACCEPT', 'CONTENT_TYPE')
    )


def _has_path_field(environ: Environ) -> bool:
    """Check whether a header field would be read as part of the path.

    gunicorn takes ``SCRIPT_NAME`` of trusted clients for the mount point.
    """
    return 'HTTP_SCRIPT_NAME' in environ or 'HTTP_PATH_INFO' in environ


def _has_two_lengths(environ: Environ) -> bool:
    return bool(environ.get('CONTENT_LENGTH')) and bool(
        environ.get('HTTP_TRANSFER_ENCODING')
    )


def _has_other_coding(environ: Environ) -> bool:
    return 'HTTP_TRANSFER_ENCODING' in environ and not is_chunked(environ)


def _has_bad_field(environ: Environ) -> bool:
    fields = [*received(environ)]
    # One match for all values: a tab is allowed in a value.
    values = '\t'.join([value for _, value in fields])
    return not _VALUE.match(values) or not all(
        _is_token(name) for name, _ in fields
    )


# Clients choose the names; most send the same few dozen.
@cached(entries=1024)
def _is_token(name: str) -> bool:
    return bool(_TOKEN.match(name))


def _malformed(problem: str) -> Refusal:
    message = f'The request is malformed: {problem}'
    return Refusal(400, message, f'malformed: {problem}')


_MEDIA_VERSION = _malformed(
    'a version in Accept or Content-Type; put it in the path'
)
# For uWSGI: it does not always read all of a chunked body.
_NO_CHUNKS = Refusal(
    411,
    'A chunked body cannot be read here: send a Content-Length',
    'a chunked body that the server does not read',
)
# Each problem as it is reported, and its check.
_PROBLEMS = (
    (
        'the request line has more than three parts',
        lambda environ: not _HTTP.match(environ['SERVER_PROTOCOL']),
    ),
    (
        'the method is not a token',
        lambda environ: not _TOKEN.match(environ['REQUEST_METHOD']),
    ),
    (
        # A proxy in front forwards any bytes after a successful CONNECT.
        'the method is CONNECT, and this is no tunnel',
        lambda environ: environ['REQUEST_METHOD'] == 'CONNECT',
    ),
    (
        'the path does not begin with a slash',
        lambda environ: environ.get('PATH_INFO', '')[:1] not in ('', '/'),
    ),
    ('the path has a segment . or ..', _has_dot_segment),
    ('a header field named Script-Name or Path-Info', _has_path_field),
    (
        'the query has characters that must be encoded',
        lambda environ: not _QUERY.match(environ.get('QUERY_STRING', '')),
    ),
    ('a header field has control characters', _has_bad_field),
    (
        'Content-Length is not a number',
        lambda environ: not _LENGTH.match(environ.get('CONTENT_LENGTH') or ''),
    ),
    ('both Content-Length and Transfer-Encoding', _has_two_lengths),
    ('a Transfer-Encoding other than chunked', _has_other_coding),
    (
        'no Host, or more than one',
        lambda environ: not _HOST.match(environ.get('HTTP_HOST', '')),
    ),
)
