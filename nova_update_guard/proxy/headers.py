"""The header fields for nova's request, and for the client's response.

The WSGI server has parsed the client's request; nova gets a request that is
built anew from the environ. Sources: RFC 9110 (7.6.1, the fields of a
connection), PEP 3333, and ``keystonemiddleware.auth_token`` for the headers
of an identity.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from nova_update_guard.bounded_cache import Memo

Environ = Mapping[str, Any]
_REQUEST_ID = 'openstack.request_id'
Headers = list[tuple[str, str]]

# Fields of one connection: the client's and nova's have their own.
_HOP_BY_HOP = {
    *('connection', 'keep-alive', 'proxy-connection', 'te', 'trailer'),
    *('transfer-encoding', 'upgrade', 'expect'),
    *('proxy-authenticate', 'proxy-authorization', 'proxy'),
}
# A part of a document cannot be redacted. nova serves whole documents only,
# but a server in front of it might not (RFC 9110, 14.2: Range may be ignored).
_RANGES = {'range', 'if-range'}
# The caller, the resource, and the end of the message: a client that names
# these in Connection could make nova read another request than the guard.
_KEPT = {
    *('x-auth-token', 'x-service-token', 'x-storage-token', 'authorization'),
    *('openstack-api-version', 'x-openstack-nova-api-version', 'host'),
    *('content-length', 'content-type', 'accept', 'x-openstack-request-id'),
}
# The proxy sets its own; http_proxy_to_wsgi has read the trusted ones.
_FORWARDED = re.compile(r'forwarded\Z|x-forwarded-|x-script-name\Z')
# Headers that auth_token sets from a token. nova's own sets them again.
_IDENTITY = re.compile(
    r'x-(?:service-)?(?:identity-status|roles?|catalog'
    r'|(?:user|project|domain|tenant)(?:-.*)?)\Z'
    r'|x-(?:is-admin-project|service-catalog)\Z|openstack-system-scope\Z'
)
# The WSGI server in front of the proxy sets these itself.
_OURS = {'server', 'date'}
_ENDING_HERE = frozenset(_HOP_BY_HOP | _OURS)

# RFC 9110, 5.6.2.
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

# Characters that a path may have unescaped (RFC 3986, pchar).
_PATH = "/-._~!$&'()*+,;=:@"
_IS_PLAIN = re.compile(r'[0-9A-Za-z/._-]*\Z').match


def has_body(environ: Environ) -> bool:
    """Check whether the request has a body, also an empty one."""
    return bool(environ.get('CONTENT_LENGTH')) or is_chunked(environ)


def target(environ: Environ) -> str:
    """Return path and query for nova's request line, in ASCII.

    Its path decodes to the path that the guard checked, however the client
    encoded it.
    """
    path = environ.get('PATH_INFO', '')
    # Nearly always; to quote takes several times as long.
    if not _IS_PLAIN(path):
        path = quote(path.encode('latin-1'), safe=_PATH)
    query = environ.get('QUERY_STRING', '')
    return f'{path or "/"}?{query}' if query else path or '/'


def request_headers(environ: Environ) -> Headers:
    """Return the header fields for nova, without those of the framing.

    Headers of an identity are dropped, in any spelling; the token stays, and
    nova verifies it. No content coding is requested: an encoded body could not
    be redacted.
    """
    connection = environ.get('HTTP_CONNECTION', '')
    named = _NAMED[connection] if connection else ()
    kept = []
    for key, value in environ.items():
        field = FIELDS[key]
        if field and field.sent_as and field.sent_as not in named:
            # uWSGI leaves trailing white space, which is not part of a value.
            kept.append((field.sent_as, value.strip(' \t')))
    if environ.get('CONTENT_TYPE'):
        kept.append(('content-type', environ['CONTENT_TYPE']))
    return [*kept, *_ours(environ)]


def response_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return the header fields of nova's response to send to the client."""
    found = [(name.lower(), name, value.strip()) for name, value in headers]
    dropped = _ENDING_HERE
    for field, _, value in found:
        if field == 'connection':
            dropped = dropped | _NAMED[value]
    return [
        (name, value) for field, name, value in found if field not in dropped
    ]


class Field(NamedTuple):
    """The header field that a key of the environ stands for.

    name         in lower case
    is_token     whether *name* can be one of a header (RFC 9110, 5.1)
    sent_as      its name in a request for nova; empty to drop it
    is_identity  whether auth_token removes and sets it
    """

    name: str
    is_token: bool
    sent_as: str
    is_identity: bool


def _field(key: str) -> Field | None:
    if not key.startswith('HTTP_'):
        return None
    name = key.removeprefix('HTTP_').replace('_', '-').lower()
    is_identity = bool(_IDENTITY.match(name))
    is_dropped = (
        name in _HOP_BY_HOP
        or name in _RANGES
        or name in ('accept-encoding', 'content-length')
        or is_identity
        or bool(_FORWARDED.match(name))
    )
    sent_as = '' if is_dropped else name
    return Field(name, bool(TOKEN.match(name)), sent_as, is_identity)


# By key of an environ; None for one that is of no header. Clients choose the
# names; most send the same few dozen.
FIELDS = Memo(_field, 1024)


def _named(connection: str) -> frozenset[str]:
    """Return the fields that are dropped, as a Connection field names them."""
    named = frozenset(name.strip().lower() for name in connection.split(','))
    return named - _KEPT


# By a Connection field.
_NAMED = Memo(_named, 256)


def _ours(environ: Environ) -> Iterator[tuple[str, str]]:
    """Yield the proxy's own fields: client address, and URL for nova's links.

    Not Forwarded: it needs quotes around a host with a port, and
    oslo.middleware takes the quotes for part of the host.
    """
    yield 'accept-encoding', 'identity'
    if environ.get('HTTP_X_OPENSTACK_REQUEST_ID') is None:
        # nova logs it beside its own id, so that the logs can be correlated.
        yield 'x-openstack-request-id', environ.get(_REQUEST_ID, '')
    yield 'x-forwarded-for', environ.get('REMOTE_ADDR', '')
    yield 'x-forwarded-proto', environ['wsgi.url_scheme']
    yield 'x-forwarded-host', environ.get('HTTP_HOST', '')
    if environ.get('SCRIPT_NAME'):
        yield 'x-forwarded-prefix', environ['SCRIPT_NAME']


def is_chunked(environ: Environ) -> bool:
    """Check whether the body is chunked."""
    coding: str = environ.get('HTTP_TRANSFER_ENCODING', '')
    return coding.lower() == 'chunked'
