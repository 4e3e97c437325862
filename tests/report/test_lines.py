"""Records read from files: whole or torn, plain or compressed."""

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
    stream = io.BufferedReader(io.BytesIO(bytes_))
    return [
        each.client for each in record_lines.records(stream, 'it', lines)
    ], lines


class Dripping(io.BytesIO):
    """A stream that gives as little at a time as a test wants."""

    def __init__(self, bytes_, step):
        super().__init__(bytes_)
        self.step = step

    def readinto(self, buffer):
        return super().readinto(buffer[: self.step])


class Endless(io.RawIOBase):
    """A beginning, so many bytes, and no end of a line in them."""

    def __init__(self, begin, left):
        self.begin = begin
        self.left = left

    def readable(self):
        return True

    def readinto(self, buffer):
        self.left -= len(buffer)
        if self.left < 0:
            return 0
        buffer[:] = self.begin.ljust(len(buffer), b'x')
        self.begin = b''
        return len(buffer)


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
def test_a_line_that_does_not_begin_as_a_record_is_another_line_of_the_log(
    other,
):
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
def test_a_line_that_only_begins_as_a_record_is_damaged(damaged):
    assert read(damaged + b'\n' + TWO) == (['two'], Lines(1, damaged=1))


@pytest.mark.parametrize(
    'quoting',
    [b'"GET /servers HTTP/1.1" 200 ', b'10.0.0.1 - "curl" ', b'"'],
)
def test_a_record_quoted_by_another_program_does_not_count(quoting):
    assert read(quoting + ONE) == ([], Lines(other=1))


def test_of_two_records_in_a_line_the_second_is_not_believed():
    # What a client sends stands inside of the record, after its beginning.
    inside = line(record(client=ONE.decode()[:100]))

    assert read(inside)[0] == [ONE.decode()[:100]]
    assert read(PREFIX + b'{"time" ' + ONE) == ([], Lines(damaged=1))


def test_nothing_is_nothing():
    assert read(b'') == ([], Lines())
    assert read(gzip.compress(b'')) == ([], Lines())


@pytest.mark.parametrize('step', [2, 7, 100])
def test_where_chunks_end_changes_nothing(step):
    plain = ONE + b'\n' + TWO + b'\nother\n'
    for bytes_ in (plain, gzip.compress(plain)):
        lines = Lines()
        # Two bytes at least come at once: what tells gzip from text.
        stream = io.BufferedReader(Dripping(bytes_, step))
        found = list(record_lines.records(stream, 'it', lines))

        assert [each.client for each in found] == ['one', 'two']
        assert lines == Lines(2, other=1)


def test_gzip_is_recognized_by_its_content():
    assert read(gzip.compress(ONE)) == (['one'], Lines(1))


def test_gzip_of_several_members_is_read_to_the_end():
    parts = gzip.compress(ONE + b'\n' + TWO[:30]) + gzip.compress(TWO[30:])

    assert read(parts) == (['one', 'two'], Lines(2))


def test_zeroes_after_gzip_are_no_damage():
    assert read(gzip.compress(ONE) + bytes(1024)) == (['one'], Lines(1))


@pytest.mark.parametrize('missing', [1, 8, 12])
def test_records_before_the_end_of_truncated_gzip_count(missing):
    names, lines = read(gzip.compress(ONE + b'\n' + TWO + b'\n')[:-missing])

    assert names[:1] == ['one']
    assert lines.broken == ['it']
    assert lines.records + lines.damaged <= 2


def test_records_before_damaged_gzip_count_and_the_torn_line_is_reported():
    whole = gzip.compress(ONE + b'\n' + TWO[:-5])

    assert read(whole + b'no gzip') == (['one'], Lines(1, 1, 0, ['it']))


def test_gzip_with_a_wrong_checksum_is_reported():
    whole = bytearray(gzip.compress(ONE))
    whole[-6] ^= 1

    assert read(bytes(whole))[1].broken == ['it']


@given(st.binary(), st.integers(0, 200))
def test_any_bytes_are_counted_and_none_fails(bytes_, place):
    whole = gzip.compress(ONE + b'\n' + TWO)
    for mixed in (bytes_, whole[:place] + bytes_ + whole[place:]):
        names, lines = read(mixed)

        assert len(names) == lines.records


def memory(stream):
    """Return the peak memory of reading *stream*, in bytes, and its lines."""
    lines = Lines()
    tracemalloc.start()
    list(record_lines.records(stream, 'it', lines))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most, lines


@pytest.mark.parametrize(
    ('begin', 'reported'),
    [(b'{"time": "', Lines(damaged=1)), (b'x', Lines(other=1))],
)
def test_a_gigantic_line_needs_no_gigantic_memory(begin, reported):
    stream = Endless(begin, 100 * MOST_BYTES)

    most, lines = memory(io.BufferedReader(stream))

    assert lines == reported
    assert most < 8 * MOST_BYTES


def test_a_decompression_bomb_needs_no_gigantic_memory():
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [deflate.compress(bytes(MOST_BYTES)) for _ in range(100)]
    bomb = b''.join([*parts, deflate.flush()])

    most, lines = memory(io.BufferedReader(io.BytesIO(bomb)))

    assert lines == Lines(other=1)
    assert most < 8 * MOST_BYTES
