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

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.paths import has_dot_segment
from nova_update_guard.proxy.headers import FIELDS, TOKEN, is_chunked

Environ = Mapping[str, Any]

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
    if has_dot_segment(environ.get('PATH_INFO', '')):
        return True
    for key in ('REQUEST_URI', 'RAW_URI'):
        sent = environ.get(key, '').partition('?')[0]
        if '%' in sent:
            octets = unquote_to_bytes(sent.encode('latin-1'))
            sent = octets.decode('latin-1')
        if has_dot_segment(sent):
            return True
    return False


def _has_media_version(environ: Environ) -> bool:
    """Check whether a media type has a version, in any spelling.

    nova removes backslashes in quoted strings.
    """
    accept = environ.get('HTTP_ACCEPT', '')
    both = f'{accept}\n{environ.get("CONTENT_TYPE", "")}'
    return 'version' in both.replace('\\', '').lower()


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
    values = [environ.get('CONTENT_TYPE') or '']
    for key, value in environ.items():
        field = FIELDS[key]
        if field:
            if not field.is_token:
                return True
            values.append(value)
    # One check for all values, and nearly always without the pattern.
    text = ' '.join(values)
    is_plain = text.isascii() and text.isprintable()
    return not (is_plain or _VALUE.match(text))


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
        lambda environ: not TOKEN.match(environ['REQUEST_METHOD']),
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
