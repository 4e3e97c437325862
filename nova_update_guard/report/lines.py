"""Records of decisions from files and pipes, also compressed, line by line.

Memory is bounded whatever is read: a few chunks, and a line up to MOST_BYTES.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from nova_update_guard.report.findings import Record, read
from nova_update_guard.report.tally import Lines

# A longer line is no record.
MOST_BYTES = 1 << 20
_CHUNK = 1 << 18
# How a record begins, also behind a prefix of the log's.
_BEGIN = b'{"time"'
_GZIP = b'\x1f\x8b'
# zlib's word for a gzip header and trailer around its data.
_GZIP_BITS = 31


class Readable(Protocol):
    """What bytes come from: none at its end, or as many as asked for."""

    def read(self, size: int, /) -> bytes:
        """Return *size* bytes, or what is left."""


def records(stream: Readable, name: str, lines: Lines) -> Iterator[Record]:
    """Yield the records in *stream*, and count in *lines* what it holds.

    *name* is what the stream is called there if it turns out to be broken.
    """
    for line in _lines(_plain(stream, name, lines)):
        begin = line.find(_BEGIN)
        # Before a record stands no quote. Where another program quotes what
        # it was sent, a client could have sent it a record.
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
    """Return the record that begins there. Raises ValueError if it is none."""
    if len(line) > MOST_BYTES:
        raise ValueError('too long')
    return read(line[begin:] if begin else line)


def _plain(stream: Readable, name: str, lines: Lines) -> Iterator[bytes]:
    """Yield the bytes of *stream* in chunks, decompressed if it is gzip.

    Its first bytes say so, not its name.
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
    """Yield what *chunks* decompress to: members one behind the other.

    Raises EOFError or zlib.error, after the chunks before what is wrong.
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

    One that is too long comes cut, so that it still is. What comes after the
    last end is a line, too.
    """
    tail = b''
    for chunk in chunks:
        ended = (tail + chunk).split(b'\n')
        tail = ended.pop()[: MOST_BYTES + 1]
        yield from ended
    if tail:
        yield tail
