"""Records out of files: whole or torn, plain or compressed."""

import gzip
import io
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.report import lines as record_lines
from nova_update_guard.report.lines import MOST_BYTES
from nova_update_guard.report.tally import Lines
from tests.decisions import line, record

ONE = line(record(client='one'))
TWO = line(record(client='two'))
PREFIX = (
    b'2026-11-24 19:14:49.123 7 INFO nova_update_guard.decisions '
    b'[None req-1 u1 p1 - - default default] '
)


def read(bytes_):
    lines = Lines()
    stream = io.BytesIO(bytes_)
    return [
        each.client for each in record_lines.records(stream, 'it', lines)
    ], lines


class Dripping(io.BytesIO):
    """A stream that gives as little at a time as a test wants."""

    def __init__(self, bytes_, step):
        super().__init__(bytes_)
        self.step = step

    def read(self, size):
        return super().read(min(size, self.step))


class Endless:
    """A stream of so many bytes, and no end of a line in them."""

    def __init__(self, bytes_, left):
        self.bytes_ = bytes_
        self.left = left

    def read(self, size):
        self.left -= size
        return (self.bytes_ * size)[:size] if self.left > 0 else b''


@pytest.mark.parametrize('end', [b'', b'\n', b'\r\n'])
def test_each_line_is_a_record_the_last_also_without_an_end(end):
    assert read(ONE + b'\n' + TWO + end) == (['one', 'two'], Lines(2))


def test_a_record_may_stand_behind_the_prefix_of_a_log():
    log = b'\n'.join([PREFIX + ONE, PREFIX + b'Started', PREFIX + TWO])

    assert read(log) == (['one', 'two'], Lines(2, other=1))


@pytest.mark.parametrize(
    'other',
    [
        b'',
        b'text',
        b'{}',
        b'{"timer": 1}',
        b'{"message": "{\\"time\\": 1}"}',
        b'\0\0\0',
        b'\xff\xfe',
    ],
)
def test_what_does_not_begin_as_a_record_is_another_line_of_the_log(other):
    assert read(other + b'\n' + ONE) == (['one'], Lines(1, other=1))


@pytest.mark.parametrize(
    'damaged',
    [
        ONE[:40],
        ONE[:-1],
        ONE + b'\0',
        ONE + TWO,
        PREFIX + ONE[:40],
        b'{"time": 1}',
        b'{"time"',
        ONE.replace(b'one', b'\xff'),
        ONE[:-1] + b' ' * MOST_BYTES + b'}',
        ONE + b' ' * MOST_BYTES,
    ],
    ids=lambda bytes_: len(bytes_),
)
def test_what_begins_as_a_record_and_is_none_is_damaged(damaged):
    assert read(damaged + b'\n' + TWO) == (['two'], Lines(1, damaged=1))


@pytest.mark.parametrize(
    'quoting',
    [b'"GET /servers HTTP/1.1" 200 ', b'10.0.0.1 - "curl" ', b'"'],
)
def test_what_another_program_quotes_of_a_client_is_no_record(quoting):
    assert read(quoting + ONE) == ([], Lines(other=1))


def test_of_two_records_in_a_line_the_second_is_not_believed():
    # What a client sends stands inside of the record, after its beginning.
    inside = line(record(client=ONE.decode()[:100]))

    assert read(inside)[0] == [ONE.decode()[:100]]
    assert read(PREFIX + b'{"time" ' + ONE) == ([], Lines(damaged=1))


def test_nothing_is_nothing():
    assert read(b'') == ([], Lines())
    assert read(gzip.compress(b'')) == ([], Lines())


@pytest.mark.parametrize('step', [1, 2, 7, 100])
def test_where_chunks_end_changes_nothing(step):
    plain = ONE + b'\n' + TWO + b'\nother\n'
    for bytes_ in (plain, gzip.compress(plain)):
        lines = Lines()
        stream = Dripping(bytes_, step)
        # Two bytes at least come at once: what tells gzip from text.
        stream.step = max(step, 2)
        found = list(record_lines.records(stream, 'it', lines))

        assert [each.client for each in found] == ['one', 'two']
        assert lines == Lines(2, other=1)


def test_gzip_is_known_by_what_it_is():
    assert read(gzip.compress(ONE)) == (['one'], Lines(1))


def test_gzip_of_several_members_is_read_to_the_end():
    parts = gzip.compress(ONE + b'\n' + TWO[:30]) + gzip.compress(TWO[30:])

    assert read(parts) == (['one', 'two'], Lines(2))


def test_zeroes_after_gzip_are_no_damage():
    assert read(gzip.compress(ONE) + bytes(1024)) == (['one'], Lines(1))


@pytest.mark.parametrize('missing', [1, 8, 12])
def test_of_gzip_that_ends_too_soon_what_came_before_counts(missing):
    names, lines = read(gzip.compress(ONE + b'\n' + TWO + b'\n')[:-missing])

    assert names[:1] == ['one']
    assert lines.broken == ['it']
    assert lines.records + lines.damaged <= 2


def test_of_damaged_gzip_what_came_before_counts_and_a_torn_line_is_told():
    whole = gzip.compress(ONE + b'\n' + TWO[:-5])

    assert read(whole + b'no gzip') == (['one'], Lines(1, 1, 0, ['it']))


def test_gzip_whose_checksum_is_wrong_is_told():
    whole = bytearray(gzip.compress(ONE))
    whole[-6] ^= 1

    assert read(bytes(whole))[1].broken == ['it']


@given(st.binary(), st.integers(0, 200))
def test_whatever_is_read_is_told_and_never_fails(bytes_, place):
    whole = gzip.compress(ONE + b'\n' + TWO)
    for mixed in (bytes_, whole[:place] + bytes_ + whole[place:]):
        names, lines = read(mixed)

        assert len(names) == lines.records


def memory(stream):
    """Return the most bytes that reading *stream* holds, and what it was."""
    lines = Lines()
    tracemalloc.start()
    list(record_lines.records(stream, 'it', lines))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most, lines


@pytest.mark.parametrize(
    ('begin', 'told'),
    [(b'{"time": "', Lines(damaged=1)), (b'x', Lines(other=1))],
)
def test_a_gigantic_line_needs_no_gigantic_memory(begin, told):
    stream = Endless(b'x', 100 * MOST_BYTES)
    first = [begin]
    ordinary = stream.read
    stream.read = lambda size: first.pop() if first else ordinary(size)

    most, lines = memory(stream)

    assert lines == told
    assert most < 8 * MOST_BYTES


def test_what_blows_up_needs_no_gigantic_memory():
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [deflate.compress(bytes(MOST_BYTES)) for _ in range(100)]
    bomb = b''.join([*parts, deflate.flush()])

    most, lines = memory(io.BytesIO(bomb))

    assert lines == Lines(other=1)
    assert most < 8 * MOST_BYTES
