"""Read decision records line by line from files and pipes, also gzip.

Memory is bounded for any input: a few chunks, and a line up to MOST_BYTES.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedReader

from nova_update_guard.report.findings import Record, read
from nova_update_guard.report.tally import Lines

# A longer line is no record.
MOST_BYTES = 1 << 20
_CHUNK = 1 << 18
# The beginning of a record, possibly after a prefix of the log's.
_BEGIN = b'{"time"'
_GZIP = b'\x1f\x8b'


def records(
    stream: BufferedReader, name: str, lines: Lines
) -> Iterator[Record]:
    """Yield the records in *stream*, and count its lines in *lines*.

    *name* is listed there if the stream turns out to be broken.
    """
    for line in _lines(_chunks(stream, name, lines)):
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


def _chunks(
    stream: BufferedReader, name: str, lines: Lines
) -> Iterator[bytes]:
    """Yield the bytes of *stream*, decompressed if it is gzip.

    Its first bytes decide that, not its name.
    """
    is_gzip = stream.peek(len(_GZIP)).startswith(_GZIP)
    # read1, as read would lose what it had read before damage.
    read = gzip.GzipFile(fileobj=stream).read1 if is_gzip else stream.read
    try:
        while chunk := read(_CHUNK):
            yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error):
        lines.broken.append(name)


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
