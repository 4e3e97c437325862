"""A response of nova has one meaning, in whichever pieces it arrives."""

import itertools
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.faults import NovaFailedError
from nova_update_guard.proxy.response_parser import ResponseParser

BODY = b'hello'
LENGTH = 'Content-Length: 5'
CHUNKED = 'Transfer-Encoding: chunked'
REST = (b'x', b'H')
CHUNKS = b'2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'


def raw(*lines, status='200 OK', body=BODY):
    head = '\r\n'.join([f'HTTP/1.1 {status}', *lines, '', ''])
    return head.encode('latin-1') + body


def parsed(*pieces, is_head=False):
    parser = ResponseParser(is_head)
    for piece in pieces:
        parser.feed(piece)
    return parser


def seen(parser):
    return (
        *(parser.status, parser.headers, b''.join(parser.chunks)),
        *(parser.is_complete, parser.is_kept, parser.length),
    )


# Each with its status, body, and whether the connection is kept.
WHOLE = {
    'a length': (raw(LENGTH), '200 OK', BODY, True),
    'odd fields': (
        raw(LENGTH, 'X-Any_!:\ttext "with" \xff\t', 'X-Empty:'),
        *('200 OK', BODY, True),
    ),
    'chunks': (raw(CHUNKED, body=CHUNKS), '200 OK', BODY, True),
    'CHUNKED': (raw(CHUNKED.upper(), body=CHUNKS), '200 OK', BODY, True),
    'a trailer': (
        raw(CHUNKED, body=CHUNKS[:-2] + b'X-Roles: admin\r\n\r\n'),
        *('200 OK', BODY, True),
    ),
    'no content': (raw(status='204 None', body=b''), '204 None', b'', True),
    'not modified': (
        raw(LENGTH, status='304 Not Modified', body=b''),
        *('304 Not Modified', b'', True),
    ),
    'no reason': (raw(LENGTH, status='200'), '200 OK', BODY, True),
    'an odd reason': (raw(LENGTH, status='404 \xe9'), '404 \xe9', BODY, True),
    'a code of its own': (
        raw(LENGTH, status='599'),
        '599 Unknown',
        BODY,
        True,
    ),
    'after 100': (
        raw(status='100 Go on', body=b'') + raw(LENGTH),
        *('200 OK', BODY, True),
    ),
    'after 103': (
        raw('X-Early: y', 'Content-Length: 9', status='103 A', body=b'')
        + raw(LENGTH),
        *('200 OK', BODY, True),
    ),
    'the last': (raw(LENGTH, 'Connection: close'), '200 OK', BODY, False),
    'a byte more': (raw(LENGTH) + b'x', '200 OK', BODY, False),
    'another one': (raw(LENGTH) * 2, '200 OK', BODY, False),
    'a body after 204': (raw(status='204 A'), '204 A', b'', False),
    'a body after 304': (
        raw(LENGTH, status='304 A'),
        *('304 A', b'', False),
    ),
    'more than its chunks': (
        raw(CHUNKED, body=CHUNKS + b'5\r\nmore!\r\n'),
        *('200 OK', BODY, False),
    ),
}
BROKEN = {
    **{
        f'status {status!r}': raw(LENGTH, status=status)
        for status in (
            *('', '20 OK', '2000 OK', '600 OK', '099 OK', '200\tOK', 'OK'),
            *(
                '000 OK',
                '042 OK',
                '200 O\x1bK',
                '200 O\x00K',
                '200 O\x7fK',
                '101 Go',
                '-200 OK',
            ),
        )
    },
    **{
        f'field {line!r}': raw(LENGTH, line)
        for line in (
            *('X A: b', 'X-A : b', ': b', 'X\xe9: b', 'X\x1b: b'),
            *('b', ' X: b'),
            *('X: b\x1b', 'X: b\x00', 'X: b\x7f', 'X: b\nY: c', 'X: b\rY: c'),
            *('X: b\r\n folded', LENGTH, CHUNKED, 'Content-Length: 5'),
        )
    },
    **{
        f'length {value!r}': raw(f'Content-Length: {value}')
        for value in (
            *('-5', '+5', '5a', '0x5', '5 5', '5, 5', '5,', '', '\xb2'),
            *('9' * 20, '9' * 30),
        )
    },
    **{
        f'coding {value!r}': raw(f'Transfer-Encoding: {value}', body=CHUNKS)
        for value in ('gzip, chunked', 'chunked, chunked', 'identity', 'x', '')
    },
    'chunks twice': raw(CHUNKED, CHUNKED, body=CHUNKS),
    'chunks and a length': raw(CHUNKED, LENGTH, body=CHUNKS),
    **{
        f'chunks {body!r}': raw(CHUNKED, body=body)
        for body in (
            *(b'z\r\n', b'-2\r\nhe\r\n', b'0x2\r\nhe\r\n', b'2\r\nhello\r\n'),
            *(b'2 \r\nhe\r\n', b'2\nhe\n0\n\n', b'f' * 17 + b'\r\n'),
        )
    },
    **{
        f'{status}, then a final one': raw(LENGTH, status=status) + raw(LENGTH)
        for status in ('099 X', '000 X', '100 X', '103 X')
    },
    'a trailer without an end': raw(CHUNKED, body=CHUNKS[:-2] + b'X: ')
    + b'a' * 200_000,
    'trailers without an end': raw(CHUNKED, body=CHUNKS[:-2])
    + b'X: a\r\n' * 40_000,
    'a chunk extension without an end': raw(CHUNKED, body=b'2;')
    + b'a' * 200_000,
    'a long head': raw(LENGTH, *(f'X-{n}: {"a" * 1000}' for n in range(62))),
    'a long field': raw(LENGTH, f'X: {"a" * 62000}'),
    'a head without an end': b'HTTP/1.1 200 OK\r\nX: ' + b'a' * 62000,
    'interim responses without an end': raw(status='102 A', body=b'') * 4000,
    'no HTTP': b'{"server": {}}',
    'another protocol': b'ICY 200 OK\r\n\r\n',
    'another version': b'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
}


@pytest.mark.parametrize(
    ('data', 'status', 'body', 'is_kept'), WHOLE.values(), ids=[*WHOLE]
)
def test_a_whole_response_is_read(data, status, body, is_kept):
    parser = parsed(data)

    assert parser.is_complete
    assert parser.status == status
    assert b''.join(parser.chunks) == body
    assert parser.is_kept == is_kept
    assert not {'X-Early', 'X-Roles'} & set(dict(parser.headers))


@pytest.mark.parametrize('data', BROKEN.values(), ids=[*BROKEN])
def test_what_is_no_response_is_refused(data):
    with pytest.raises(NovaFailedError):
        parsed(data).end()


@pytest.mark.parametrize('data', BROKEN.values(), ids=[*BROKEN])
def test_it_is_refused_byte_by_byte(data):
    # What is long comes in pieces that are.
    size = 1 + len(data) // 2000
    with pytest.raises(NovaFailedError):
        parsed(
            *(data[at : at + size] for at in range(0, len(data), size))
        ).end()


@given(st.sampled_from([*WHOLE]), st.data())
def test_the_pieces_make_no_difference(name, data):
    whole = WHOLE[name][0]
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=5))
    bounds = [0, *sorted(cuts), len(whole)]
    pieces = [
        whole[start:end]
        for start, end in itertools.pairwise(bounds)
        if start < end
    ]

    assert seen(parsed(*pieces)) == seen(parsed(whole))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_response_or_refused(data):
    for start in (b'', b'HTTP/1.1 200 OK\r\n', raw(CHUNKED, body=b'')):
        try:
            parser = parsed(start + data)
        except NovaFailedError:
            continue
        assert parser.has_headers or not parser.chunks


@pytest.mark.parametrize('data', [WHOLE['a length'][0], WHOLE['chunks'][0]])
def test_a_response_that_ends_early_is_incomplete(data):
    for at in range(len(data)):
        parser = parsed(*[data[:at]] if at else [])
        assert not parser.is_complete
        with pytest.raises(NovaFailedError):
            parser.end()


def test_a_response_without_a_length_ends_with_the_connection():
    parser = parsed(raw(body=b'he'), b'llo')
    assert not parser.is_complete

    parser.end()

    assert parser.is_complete
    assert not parser.is_kept
    assert b''.join(parser.chunks) == BODY


@pytest.mark.parametrize(
    ('data', 'is_kept'),
    [
        (raw(LENGTH, body=b''), True),
        (raw('Content-Length: 0', body=b''), True),
        (raw(LENGTH), False),
        (raw(body=b''), False),
        *((raw(LENGTH, body=BODY[:at]), False) for at in range(1, 5)),
        *((raw(CHUNKED, body=CHUNKS[:at]), False) for at in range(9)),
        *(
            (raw('Content-Length: 0', body=more), False)
            for more in (b'x', b'H')
        ),
    ],
)
def test_a_response_to_head_has_no_body(data, is_kept):
    parser = parsed(data, is_head=True)

    assert parser.is_complete
    assert parser.is_kept == is_kept
    assert not parser.chunks


def test_a_response_needs_no_garbage_collector_to_go():
    """llhttp and its reader hold each other, and the chunks of a body."""
    parser = parsed(raw(LENGTH))
    gone = weakref.ref(parser)

    parser.forget()
    assert [*parser.chunks] == [BODY]
    del parser

    assert gone() is None
