"""The response of an app, in each way that PEP 3333 lets it respond."""

import pytest

from nova_update_guard.middleware import responses

HEADERS = [('Content-Type', 'text/plain')]


class Body:
    """A body that notes whether it was closed."""

    def __init__(self, *chunks):
        self._chunks = chunks
        self.is_closed = False

    def __iter__(self):
        return iter(self._chunks)

    def close(self):
        self.is_closed = True


def of(app):
    status, headers, body = responses.of(app, {})
    return status, headers, [*body]


def test_a_body_is_neither_read_nor_closed_here():
    body = Body(b'a')

    def app(environ, start):
        start('200 OK', HEADERS)
        return body

    assert responses.of(app, {}).body is body
    assert not body.is_closed


def test_a_response_may_start_with_its_first_chunk():
    def app(environ, start):
        yield b''
        start('200 OK', HEADERS)
        yield b'a'
        yield b'b'

    status, headers, chunks = of(app)

    assert (status, headers) == ('200 OK', HEADERS)
    assert b''.join(chunks) == b'ab'


def test_chunks_may_be_written():
    body = Body(b'c')

    def app(environ, start):
        write = start('200 OK', HEADERS)
        write(b'a')
        write(b'b')
        return body

    assert of(app) == ('200 OK', HEADERS, [b'a', b'b', b'c'])
    assert body.is_closed


def test_a_late_error_reaches_the_caller():
    """As webob does it: nova's own FaultWrapper is to see it."""

    def app(environ, start):
        start('200 OK', HEADERS)
        try:
            raise LookupError
        except LookupError as error:
            info = (LookupError, error, error.__traceback__)
        start('500 No', [], info)
        return []

    with pytest.raises(LookupError):
        responses.of(app, {})


def test_a_body_that_breaks_off_before_the_start_is_closed():
    class Broken(Body):
        def __iter__(self):
            raise LookupError

    body = Broken()
    with pytest.raises(LookupError):
        responses.of(lambda environ, start: body, {})

    assert body.is_closed
