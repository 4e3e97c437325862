"""A request has one meaning, or goes no further.

WSGI servers differ in what they let in; this does not. Sources: RFC 9110
(5, fields; 9.1, methods), RFC 9112 (3.2, targets; 6.3, lengths), RFC 3986
(5.2.4, dot segments), ``nova.api.openstack.urlmap`` (versions in media types).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from nova_update_guard.bounded_cache import cached
from nova_update_guard.compute_api import routes
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.proxy.headers import is_chunked, received

Environ = Mapping[str, Any]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HTTP = re.compile(r'HTTP/[0-9](?:\.[0-9])?\Z')
_LENGTH = re.compile(r'[0-9]{0,18}\Z')
_HOST = re.compile(r"[0-9A-Za-z._~%!$&'()*+;=:\[\]-]*\Z")
_QUERY = re.compile(r'[!"$-~]*\Z')
_VALUE = re.compile(r'[\t\x20-\x7e\x80-\xff]*\Z')
# What can end a request: an interim answer does not.
_STATUS = re.compile(r'[2-5][0-9][0-9] ')
_LENGTHS = re.compile(r'[0-9]{1,18}(?:[ \t]*,[ \t]*[0-9]{1,18})*\Z')
# uWSGI sends no longer head, and nothing instead; it adds some of its own.
_MAX_HEAD = 61440


def judge(environ: Environ) -> Refusal | None:
    """Refuse what has no meaning, or two, whatever server let it in."""
    for problem, holds in _PROBLEMS:
        if holds(environ):
            message = f'The request is malformed: {problem}'
            return Refusal(400, message, f'malformed: {problem}')
    if is_chunked(environ) and not environ.get('wsgi.input_terminated'):
        return _NO_CHUNKS
    return None


def is_answer(status: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Tell whether these are of an answer that any server can send on.

    libcurl lets through more than HTTP has.
    """
    fields = [(name, value.strip()) for name, value in headers]
    size = sum(len(name) + len(value) for name, value in fields)
    return (
        bool(_STATUS.match(status) and _VALUE.match(status))
        and size + 4 * len(fields) <= _MAX_HEAD
        and all(map(_is_field, fields))
    )


def _is_field(field: tuple[str, str]) -> bool:
    name, value = field
    values = _LENGTHS if name.lower() == 'content-length' else _VALUE
    return _is_token(name) and bool(values.match(value))


def _has_dot_segment(environ: Environ) -> bool:
    """Tell it of the path as it was sent, too.

    uWSGI and mod_wsgi take dot segments out of PATH_INFO, gunicorn does not.
    """
    paths = [environ.get('PATH_INFO', '')]
    for key in ('REQUEST_URI', 'RAW_URI'):
        sent = environ.get(key, '').partition('?')[0].encode('latin-1')
        paths.append(unquote_to_bytes(sent).decode('latin-1'))
    return any(map(routes.has_dot_segment, paths))


def _has_media_version(environ: Environ) -> bool:
    """Tell whether a media type has a version, in whatever spelling.

    nova picks its API by it where the path names none. It takes backslashes
    out of what is in quotes.
    """
    return any(
        'version' in environ.get(key, '').replace('\\', '').lower()
        for key in ('HTTP_ACCEPT', 'CONTENT_TYPE')
    )


def _has_path_field(environ: Environ) -> bool:
    """Tell whether a header field would be read as part of the path.

    gunicorn takes ``SCRIPT_NAME`` for the mount, from those it trusts.
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
    # All values at once: a tab is one of what they may have in them.
    values = '\t'.join([value for _, value in fields])
    return not _VALUE.match(values) or not all(
        _is_token(name) for name, _ in fields
    )


# Clients choose the names: those of most are the same few dozen.
@cached(entries=1024)
def _is_token(name: str) -> bool:
    return bool(_TOKEN.match(name))


# uWSGI: what it reads of chunks is not always all that was sent.
_NO_CHUNKS = Refusal(
    411,
    'A body in chunks cannot be read here: send it with its Content-Length',
    'chunks that the server does not read',
)
# What is wrong, and how it is told.
_PROBLEMS = (
    (
        'the request line has more than three words',
        lambda environ: not _HTTP.match(environ['SERVER_PROTOCOL']),
    ),
    (
        'the method is no token',
        lambda environ: not _TOKEN.match(environ['REQUEST_METHOD']),
    ),
    (
        # A proxy in front would let anything through, once it is allowed.
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
        'a version in Accept or Content-Type; it belongs into the path',
        _has_media_version,
    ),
    (
        'the query has characters that must be encoded',
        lambda environ: not _QUERY.match(environ.get('QUERY_STRING', '')),
    ),
    ('a header field has control characters', _has_bad_field),
    (
        'Content-Length is no number',
        lambda environ: not _LENGTH.match(environ.get('CONTENT_LENGTH') or ''),
    ),
    ('both Content-Length and Transfer-Encoding', _has_two_lengths),
    ('a Transfer-Encoding other than chunked', _has_other_coding),
    (
        'not one Host',
        lambda environ: not _HOST.match(environ.get('HTTP_HOST', '')),
    ),
)
