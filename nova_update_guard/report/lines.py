"""Read decision records line by line from files and pipes, also gzip.

Memory is bounded for any input: a few chunks, and a line up to MOST_BYTES.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from nova_update_guard.report.findings import Record, read
from nova_update_guard.report.tally import Lines

# A longer line is no record.
MOST_BYTES = 1 << 20
_CHUNK = 1 << 18
# The beginning of a record, possibly after a prefix of the log's.
_BEGIN = b'{"time"'
_GZIP = b'\x1f\x8b'
# The number by which zlib expects a gzip header and trailer.
_GZIP_BITS = 31


class Readable(Protocol):
    """A source of bytes: as many as requested, or none at its end."""

    def read(self, size: int, /) -> bytes:
        """Return *size* bytes, or all that is left."""


def records(stream: Readable, name: str, lines: Lines) -> Iterator[Record]:
    """Yield the records in *stream*, and count its lines in *lines*.

    *name* is listed there if the stream turns out to be broken.
    """
    for line in _lines(_plain(stream, name, lines)):
        begin = line.find(_BEGIN)
        # No quote precedes a record. If another program quotes its input, a
        # client could have sent it a forged record.
        if begin < 0 or (begin and b'"' in line[:begin]):
            lines.other += 1
            continue
        try:
            record = _record(line, begin)
        except ValueError:
            lines.damaged += 1
            continue
        lines.records += 1
        yield record


def _record(line: bytes, begin: int) -> Record:
    """Parse the record at *begin*. Raises ValueError if it is not a record."""
    if len(line) > MOST_BYTES:
        raise ValueError('too long')
    return read(line[begin:] if begin else line)


def _plain(stream: Readable, name: str, lines: Lines) -> Iterator[bytes]:
    """Yield the bytes of *stream* in chunks, decompressed if it is gzip.

    Its first bytes decide that, not its name.
    """
    first = stream.read(_CHUNK)
    chunks = _chunks(first, stream)
    if not first.startswith(_GZIP):
        yield from chunks
        return
    try:
        yield from _gunzip(chunks)
    except (EOFError, zlib.error):
        lines.broken.append(name)


def _chunks(first: bytes, stream: Readable) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = stream.read(_CHUNK)


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the decompressed *chunks*, of one gzip member after the other.

    Raises EOFError or zlib.error, after the chunks before the damage.
    """
    inflate = zlib.decompressobj(_GZIP_BITS)
    is_inside = False
    for chunk in chunks:
        left = chunk
        while left:
            is_inside = True
            yield inflate.decompress(left, _CHUNK)
            left = inflate.unconsumed_tail
            if inflate.eof:
                # On tapes, zeroes fill a block up to its end.
                left = inflate.unused_data.lstrip(b'\0')
                inflate = zlib.decompressobj(_GZIP_BITS)
                is_inside = False
    if is_inside:
        yield inflate.flush()
        raise EOFError


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines in *chunks*, each without its end.

    A line that is too long is cut, but stays too long. Text after the last
    line end is a line, too.
    """
    tail = b''
    for chunk in chunks:
        ended = (tail + chunk).split(b'\n')
        tail = ended.pop()[: MOST_BYTES + 1]
        yield from ended
    if tail:
        yield tail
