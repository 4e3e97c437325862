"""How a strict server reads requests: RFC 9112, and nothing besides.

What a lenient one would read in two ways is an error here.
"""

import re
from typing import NamedTuple

_REQUEST_LINE = re.compile(
    rb"([A-Z][!#$%&'*+.^_`|~0-9A-Za-z-]*) (/[!-~]*) HTTP/1\.1\Z"
)
_FIELD = re.compile(
    rb"([!#$%&'*+.^`|~0-9A-Za-z-]+): ?((?:[!-~\x80-\xff]"
    rb'(?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)\Z'
)
_SIZE = re.compile(rb'[0-9a-fA-F]{1,16}\Z')
_ONCE = {
    *('host', 'content-length', 'transfer-encoding', 'content-type'),
    *('x-auth-token', 'openstack-api-version', 'x-service-token'),
    'x-openstack-nova-api-version',
}


class MalformedError(Exception):
    """Something that is no request, or more than one."""


class Request(NamedTuple):
    """A request that nova got; names of *headers* in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def requests(data):
    """Return the whole requests in *data*.

    What broke off at the end is none. Raises MalformedError.
    """
    found = []
    at = 0
    while end := end_of_request(data, at):
        found.append(_request(data[at:end]))
        at = end
    if at < len(data) and b'\r\n\r\n' in data[at:]:
        _head(data[at:].partition(b'\r\n\r\n')[0])
    return found


def end_of_request(data, start):
    """Return where the request at *start* ends, or 0 if it has not yet."""
    blank = data.find(b'\r\n\r\n', start)
    if blank < 0:
        return 0
    _, _, headers = _head(data[start:blank])
    body = blank + 4
    if 'transfer-encoding' in headers:
        return _end_of_chunks(data, body)
    end = body + int(headers.get('content-length', 0))
    return end if end <= len(data) else 0


def _end_of_chunks(data, at):
    while (end := data.find(b'\r\n', at)) >= 0:
        size = _size(data[at:end])
        at = end + 2 + size + 2
        if at > len(data):
            return 0
        if data[at - 2 : at] != b'\r\n':
            raise MalformedError(data[at - 2 : at])
        if not size:
            return at
    return 0


def _size(line):
    if not _SIZE.match(line):
        raise MalformedError(line)
    return int(line, 16)


def _request(raw):
    head, _, body = raw.partition(b'\r\n\r\n')
    method, target, headers = _head(head)
    if 'transfer-encoding' in headers:
        body = _joined(body)
    return Request(method, target, headers, body)


def _joined(chunks):
    parts = []
    at = 0
    while at < len(chunks):
        end = chunks.index(b'\r\n', at)
        begin = end + 2
        at = begin + _size(chunks[at:end])
        parts.append(chunks[begin:at])
        at += 2
    return b''.join(parts)


def _head(raw):
    first, *lines = raw.split(b'\r\n')
    match = _REQUEST_LINE.match(first)
    if not match:
        raise MalformedError(first)
    headers = {}
    for name, value in map(_field, lines):
        if name in headers and name in _ONCE:
            raise MalformedError(f'{name} twice')
        headers[name] = (
            f'{headers[name]},{value}' if name in headers else value
        )
    _refuse_ambiguous(headers)
    return match[1].decode(), match[2].decode(), headers


def _field(line):
    match = _FIELD.match(line)
    if not match:
        raise MalformedError(line)
    return match[1].decode().lower(), match[2].decode('latin-1')


def _refuse_ambiguous(headers):
    coding = headers.get('transfer-encoding')
    if 'host' not in headers:
        raise MalformedError('no Host')
    if coding is not None and (
        coding != 'chunked' or 'content-length' in headers
    ):
        raise MalformedError(f'framed by {coding}')
    if not headers.get('content-length', '0').isdecimal():
        raise MalformedError(headers['content-length'])
