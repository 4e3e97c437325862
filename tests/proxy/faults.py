"""nova's possible faults: each a script for the stand-in."""

import gzip

from tests.proxy.nova import DOCUMENT, head, response

_LENGTH = f'Content-Length: {len(DOCUMENT)}'
_CHUNKED = 'Transfer-Encoding: chunked'
_CHUNK = b'%x\r\n%s\r\n' % (len(DOCUMENT), DOCUMENT)
_WHOLE = head(_CHUNKED) + _CHUNK + b'0\r\n\r\n'


def says(data):
    """Return a script: nova says *data* to a request and hangs up."""

    def script(connection):
        if connection.request():
            connection.send(data)

    return script


def says_and_resets(data):
    """Return a script: the same, but for a reset."""

    def script(connection):
        if connection.request():
            connection.send(data)
            connection.reset()

    return script


def says_and_stays(data):
    """Return a script: nova says *data*, and waits."""

    def script(connection):
        while connection.request():
            connection.send(data)

    return script


def _hangs_up(connection):
    connection.close()


def _resets(connection):
    connection.reset()


def _resets_in_request(connection):
    connection.read()
    connection.reset()


# No whole answer came: 502, whatever was asked.
BREAKS_OFF = {
    'hangs up at once': _hangs_up,
    'resets at once': _resets,
    'resets in the request': _resets_in_request,
    'hangs up for an answer': says(b''),
    'resets for an answer': says_and_resets(b''),
    'hangs up in the status line': says(b'HTTP/1.1 2'),
    'resets in the status line': says_and_resets(b'HTTP/1.1 200 O'),
    'hangs up in the headers': says(head(_LENGTH)[:-10]),
    'resets in the headers': says_and_resets(head(_LENGTH)[:-10]),
    'hangs up before the blank line': says(head(_LENGTH)[:-2]),
    'hangs up after the headers': says(head(_LENGTH)),
    'resets after the headers': says_and_resets(head(_LENGTH)),
    'hangs up in the body': says(head(_LENGTH) + DOCUMENT[:-1]),
    'resets in the body': says_and_resets(head(_LENGTH) + DOCUMENT[:-1]),
    'hangs up in a chunk': says(head(_CHUNKED) + _CHUNK[:-9]),
    'hangs up after a chunk': says(head(_CHUNKED) + _CHUNK),
    'resets after a chunk': says_and_resets(head(_CHUNKED) + _CHUNK),
    'hangs up after an interim answer': says(b'HTTP/1.1 100 Go on\r\n\r\n'),
}
# What came is no HTTP, or has two meanings: 502 as well.
IS_NO_HTTP = {
    'no status line': says(DOCUMENT),
    'another protocol': says(b'ICY 200 OK\r\n\r\n' + DOCUMENT),
    'status in words': says(b'HTTP/1.1 OK\r\n\r\n' + DOCUMENT),
    'status of two digits': says(b'HTTP/1.1 20 OK\r\n\r\n' + DOCUMENT),
    'a chunk size that is none': says(head(_CHUNKED) + b'zz\r\n' + _CHUNK),
    'a negative chunk size': says(head(_CHUNKED) + b'-5\r\nhello\r\n'),
    'a chunk longer than told': says(
        head(_CHUNKED) + b'5\r\n' + DOCUMENT + b'\r\n0\r\n\r\n'
    ),
    'two lengths': says(head(_LENGTH, 'Content-Length: 9') + DOCUMENT),
    'two lengths, the longer last': says(
        head('Content-Length: 9', _LENGTH) + DOCUMENT
    ),
    'two lengths in one': says(head(f'{_LENGTH}, 9') + DOCUMENT),
    'a negative length': says(head('Content-Length: -9') + DOCUMENT),
    'a length in words': says(head('Content-Length: ten') + DOCUMENT),
    'a length that no server has': says(
        head('Content-Length: ' + '9' * 30) + DOCUMENT
    ),
    'a status below 100': says(response(status='099 X') + response()),
    'a status above 599': says(response(status='600 OK')),
    'a status of four digits': says(response(status='2000 OK')),
    'a tab after the status': says(response(status='200\tOK')),
    'an escape in the reason': says(response(status='200 O\x1bK')),
    'a space in a name': says(response(DOCUMENT, 'X A: b')),
    'a space before the colon': says(
        head('Transfer-Encoding : chunked', _LENGTH) + DOCUMENT
    ),
    'an escape in a name': says(response(DOCUMENT, 'X\x1bA: b')),
    'no name': says(response(DOCUMENT, ': b')),
    'a name that is not ASCII': says(response(DOCUMENT, 'X-\xe9: b')),
    'an escape in a header': says(response(DOCUMENT, 'X-A: b\x1b[2J')),
    'headers of 100 kB': says(
        response(DOCUMENT, *(f'X-{n}: {"b" * 1000}' for n in range(100)))
    ),
    'a NUL in a header': says(response(DOCUMENT, 'X-A: b\x00c')),
    'a header of 1 MB': says(response(DOCUMENT, 'X-A: ' + 'b' * 1_000_000)),
    'a coding not asked for': says(
        head('Transfer-Encoding: gzip, chunked') + _CHUNK + b'0\r\n\r\n'
    ),
    'the same length twice': says(response(DOCUMENT, _LENGTH)),
    'the same length twice in one': says(
        head(f'{_LENGTH}, {len(DOCUMENT)}') + DOCUMENT
    ),
    'length and chunks': says(
        _WHOLE.replace(b'Transfer-', b'Content-Length: 9\r\nTransfer-')
    ),
    'chunks and length': says(
        head(_CHUNKED, 'Content-Length: 9') + _CHUNK + b'0\r\n\r\n'
    ),
    'chunks twice': says(head(_CHUNKED, _CHUNKED) + _CHUNK + b'0\r\n\r\n'),
    'a folded header': says(response(DOCUMENT, 'X-A: b\r\n c')),
    'an upgrade not asked for': says(head(status='101 Go') + DOCUMENT),
    'an upgrade with its fields': says(
        head('Connection: upgrade', 'Upgrade: b', status='101 Go') + DOCUMENT
    ),
}
# HTTP, but no server: 502 where one is due.
IS_NO_SERVER = {
    'truncated JSON': says(response(DOCUMENT[:-5])),
    'HTML': says(response(b'<html>' + DOCUMENT + b'</html>')),
    'gzip though not asked': says(
        response(gzip.compress(DOCUMENT), 'Content-Encoding: gzip')
    ),
    'deflated bytes called plain': says(response(gzip.compress(DOCUMENT))),
    'nothing': says(response(b'')),
    'null': says(response(b'null')),
    'a list': says(response(b'[%s]' % DOCUMENT)),
    'an empty object': says(response(b'{}')),
    'a server that is a list': says(response(b'{"server": [%s]}' % DOCUMENT)),
    'a server beside more': says(response(b'{"Server": %s}' % DOCUMENT)),
    'two documents': says(response(DOCUMENT + DOCUMENT)),
    'UTF-16': says(response(DOCUMENT.decode().encode('utf-16'))),
    'no such bytes': says(response(b'\xff' + DOCUMENT)),
    'JSON nested too deep': says(response(b'[' * 100_000)),
    'no content': says(head(status='204 No Content')),
}


def _silent(connection):
    while connection.read():
        # All is taken, and nothing is said.
        continue


def _drips_headers(connection):
    if connection.request():
        connection.drip(response())


def _drips_body(connection):
    if connection.request():
        connection.send(head(_LENGTH))
        connection.drip(DOCUMENT)


def _drips_interim_responses(connection):
    if connection.request():
        connection.drip(b'HTTP/1.1 102 Wait\r\n\r\n' * 100)


# Each would take much longer than the proxy waits.
IS_SLOW = {
    'silent': _silent,
    'drips the headers': _drips_headers,
    'drips the body': _drips_body,
    'drips interim answers': _drips_interim_responses,
    'stays silent after the headers': says_and_stays(head(_LENGTH)),
    'stays silent in the body': says_and_stays(head(_LENGTH) + DOCUMENT[:9]),
}
# A whole answer, in an unusual form.
IS_WHOLE = {
    'chunked': says(_WHOLE),
    'in chunks of a byte': says(
        head(_CHUNKED)
        + b''.join(b'1\r\n%c\r\n' % byte for byte in DOCUMENT)
        + b'0\r\n\r\n'
    ),
    'with a trailer': says(
        head(_CHUNKED) + _CHUNK + b'0\r\nX-Roles: admin\r\n\r\n'
    ),
    'until it hangs up': says(head() + DOCUMENT),
    'of HTTP/1.0': says(response().replace(b'HTTP/1.1', b'HTTP/1.0')),
    'after 100': says(b'HTTP/1.1 100 Continue\r\n\r\n' + response()),
    'after 102 and 103': says(
        b'HTTP/1.1 102 Processing\r\n\r\n'
        b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nX-Early: y\r\n\r\n'
        + response()
    ),
    'without a reason': says(response(status='200')),
    'with a longer body': says(response() + response(b'{"server": {}}')),
}
