"""Reading HTTP messages off a file, byte for byte."""


class BrokenOffError(Exception):
    """The other side has ended in the middle of a message."""


def head_and_body(file, is_head=False):
    """Return first line, headers and body of a message, None at the end.

    A body without a length goes on to the end of the file. Raises
    BrokenOffError.
    """
    first = file.readline().decode('latin-1').rstrip('\r\n')
    if not first:
        return None
    headers = {}
    while line := _line(file):
        name, _, value = line.partition(':')
        headers[name.lower()] = value.strip()
    return first, headers, _body(file, first, headers, is_head)


def _line(file):
    line = file.readline()
    if not line.endswith(b'\n'):
        raise BrokenOffError(line)
    return line.decode('latin-1').rstrip('\r\n')


def _body(file, first, headers, is_head):
    words = first.split()
    is_response = words[0].startswith('HTTP/')
    if is_response and (is_head or _is_bodiless(words[1])):
        return b''
    if headers.get('transfer-encoding') == 'chunked':
        return b''.join(_chunks(file))
    length = headers.get('content-length')
    if length is None:
        return file.read() if is_response else b''
    return _exactly(file, int(length))


def _is_bodiless(status):
    return status in ('204', '304') or status.startswith('1')


def _exactly(file, size):
    data = file.read(size)
    if len(data) < size:
        raise BrokenOffError(data[-80:])
    return data


def _chunks(file):
    while size := int(_line(file).partition(';')[0], 16):
        yield _exactly(file, size)
        _line(file)
    while _line(file):
        # A trailer.
        continue
