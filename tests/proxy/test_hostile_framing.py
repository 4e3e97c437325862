"""Each message has one end, or is refused."""

import pytest

from tests.proxy import client, rules
from tests.proxy.client import attack, request

HIDDEN = request(f'GET {rules.SMUGGLED}')
TWO = b'{"server": {"name": "a", "accessIPv4": "1.2.3.4"}}'
LINES = ('POST /v2.1/flavors', 'PUT /v2.1/servers/s1')
LENGTHS = (
    *('+5', '-1', '0x5', '5 5', '5,5', '5, 5', '5;', '1e1', '5.0', '5\x0b'),
    *('\xb2', '9' * 40, '18446744073709551621', '_5', '5_0', '', 'five'),
)
CODINGS = (
    *('Transfer-Encoding: identity', 'Transfer-Encoding: gzip'),
    *('Transfer-Encoding: chunked, identity', 'Transfer-Encoding: xchunked'),
    *('Transfer-Encoding: chunked;q=1', 'Transfer-Encoding: "chunked"'),
    *('Transfer-Encoding: \x0bchunked', 'Transfer-Encoding : chunked'),
    *('Transfer-Encoding: chunked, chunked', 'Transfer-Encoding:'),
    *('Transfer-Encoding: \x00chunked', ' Transfer-Encoding: chunked'),
    *('Transfer-Encoding:\r\n chunked', 'Transfer-Encoding\x00: chunked'),
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'X: y\rTransfer-Encoding: chunked',
    'X: y\nTransfer-Encoding: chunked',
)
CHUNKED = 'Transfer-Encoding: chunked'
# Each is followed by a whole request, which is part of it, or refused.
CHUNKS = (
    *(b'-5\r\nhello\r\n', b'+5\r\nhello\r\n', b'0x5\r\nhello\r\n'),
    *(b'g\r\n', b'\r\n', b' 5\r\nhello\r\n', b'5_0\r\nhello\r\n'),
    *(b'10000000000000005\r\nhello\r\n', b'F' * 16 + b'\r\nhello\r\n'),
    *(b'F' * 9000 + b'\r\n', b'5;' + b'x' * 9000 + b'\r\nhello\r\n'),
    *(b'5\r\nhelloXX0\r\n\r\n', b'5\nhello\n0\n\n', b'5\rhello\r0\r\r'),
    *(b'5\r\nhello0\r\n\r\n', b'5\r\nhell\r\n0\r\n\r\n'),
    *(b'5;a\nb\r\nhello\r\n', b'5;\x00\r\nhello\r\n', b'5 5\r\nhello\r\n'),
    *(b'0\r\nContent-Length: 3\r\n', b'0\r\nX: y\n\n', b'0\n\r\n'),
)


@pytest.mark.parametrize('line', LINES)
@pytest.mark.parametrize('length', LENGTHS)
def test_an_invalid_content_length_is_refused(address, nova, line, length):
    data = request(line, f'Content-Length: {length}') + HIDDEN

    assert _is_refused(address, nova, data, empty=not length)


@pytest.mark.parametrize('line', LINES)
@pytest.mark.parametrize(
    'lengths',
    [
        ('Content-Length: 0', f'Content-Length: {len(HIDDEN)}'),
        (f'Content-Length: {len(HIDDEN)}', 'Content-Length: 0'),
        (f'Content-Length: 0, {len(HIDDEN)}',),
        (f'Content-Length: {len(HIDDEN)}', CHUNKED),
        (CHUNKED, f'Content-Length: {len(HIDDEN)}'),
        ('Content-Length: 5', 'Transfer-Encoding: identity'),
    ],
)
def test_two_framings_are_refused(address, nova, line, lengths):
    data = request(line, *lengths) + HIDDEN

    assert _is_refused(address, nova, data)


@pytest.mark.parametrize('line', LINES)
@pytest.mark.parametrize('coding', CODINGS)
def test_unclear_coding_hides_no_request(address, nova, line, coding):
    data = request(line, coding) + b'0\r\n\r\n' + HIDDEN

    assert _is_refused(address, nova, data, empty=True)


@pytest.mark.parametrize('line', LINES)
@pytest.mark.parametrize('chunks', CHUNKS, ids=lambda chunks: chunks[:20])
def test_bad_chunks_are_no_request(address, nova, line, chunks):
    data = request(line, CHUNKED) + chunks + HIDDEN

    assert _is_refused(address, nova, data)


@pytest.mark.parametrize(
    'end', [b'0\r\n\r\n', b'0;a=b\r\nX-Roles: admin\r\n\r\n']
)
def test_chunks_come_whole_or_get_411(proxy, nova, end):
    body = b'4;ext="a;b"\r\n{"fl\r\n2\r\n":\r\n3\r\n{}}\r\n'

    response = client.send(
        proxy.address, request('POST /v2.1/flavors', CHUNKED) + body + end
    )

    bodies = [seen.body for seen in rules.reached(nova)]
    if proxy.name == 'gunicorn':
        assert (response.status, bodies) == (200, [b'{"fl":{}}'])
    else:
        assert (response.status, bodies) == (411, [])


@pytest.mark.parametrize('path', ['/v2.1/flavors', '/v2.1/servers/s1'])
@pytest.mark.parametrize('end', [b'0\r\n\r\n', b'2\r\n{}\r\n0\r\n\r\n'])
def test_the_body_of_a_head_request_is_not_forwarded(address, nova, path, end):
    """libcurl 7 announces chunks and sends none: the next request is them."""
    attack(address, request(f'HEAD {path}', CHUNKED) + end)

    assert [
        seen
        for seen in rules.reached(nova)
        if 'transfer-encoding' in seen.headers
    ] == []
    assert rules.serves(address)


def test_an_update_in_chunks_is_checked_or_refused(address, nova):
    body = b'%x\r\n%s\r\n0\r\n\r\n' % (len(TWO), TWO)

    response = client.send(address, request(LINES[1], CHUNKED) + body)

    assert response.status in (400, 411)
    assert rules.reached(nova) == []


def test_body_that_ends_early_never_becomes_a_request(address, nova):
    data = request(LINES[0], 'Content-Length: 1000') + HIDDEN

    attack(address, data)

    assert rules.reached(nova) == []
    assert rules.serves(address)


def test_the_second_request_is_checked_like_the_first(address, nova):
    second = request(LINES[1], body=TWO)

    responses = attack(address, client.update() + second)

    assert [response.status for response in responses] in ([200, 400], [200])
    assert len(rules.reached(nova)) == 1


@pytest.mark.parametrize('token', [None, client.MEMBER])
def test_body_of_a_refused_request_is_not_the_next_request(
    address, nova, token
):
    body = b' ' * 200_000 + HIDDEN

    attack(address, request(LINES[1], body=body, token=token))

    assert rules.reached(nova) == []
    assert rules.serves(address)


@pytest.mark.parametrize('field', ['Content_Length: 0', 'Content_Length: 999'])
def test_length_in_another_spelling_frames_nothing(address, nova, field):
    """A proxy in front reads only the right one."""
    body = b'{}' + HIDDEN

    attack(address, request(LINES[0], field, body=body))

    assert [seen.body for seen in rules.reached(nova)] in ([], [body])


def test_coding_in_another_spelling_frames_nothing(address, nova):
    body = b'0\r\n\r\n' + HIDDEN

    attack(address, request(LINES[0], 'Transfer_Encoding: chunked', body=body))

    assert [seen.body for seen in rules.reached(nova)] in ([], [body])


def test_incomplete_headers_are_no_request(address, nova):
    attack(address, request(LINES[0])[:-2])

    assert rules.reached(nova) == []
    assert rules.serves(address)


@pytest.mark.parametrize('ending', [b'\n', b'\r'])
def test_other_line_endings_hide_no_request(address, nova, ending):
    data = request(LINES[0], f'Content-Length: {len(HIDDEN)}') + HIDDEN

    attack(address, data.replace(b'\r\n', ending))

    assert {seen.target for seen in rules.reached(nova)} <= {'/v2.1/flavors'}
    assert rules.serves(address)


def _is_refused(address, nova, data, empty=False):
    """Tell whether *data* reaches nova not at all, or *empty*."""
    responses = attack(address, data)
    reached = rules.reached(nova)
    assert all(response.status >= 400 for response in responses) or empty
    assert not reached or empty
    assert [seen.body for seen in reached] in ([], [b''])
    return rules.serves(address)
