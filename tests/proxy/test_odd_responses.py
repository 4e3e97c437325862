"""A server that JSON libraries refuse passes the proxy, byte for byte."""

import json

import pytest

from tests.proxy.client import request, send
from tests.proxy.keystone import ADMIN
from tests.proxy.nova import SECRET, SERVER, response

HOST = 'OS-EXT-SRV-ATTR:host'
LIST = request('GET /v2.1/servers/detail')
# Each as nova would write it: text of a tenant's, or of an attribute's.
ODD = {
    'half a surrogate pair': b'"\\ud800"',
    'two halves the wrong way': b'"a\\udc00\\ud800b"',
    'half a pair in a key': b'{"\\udfff": "\\ud83d\\ude00"}',
    'NaN': b'NaN',
    'infinite': b'[Infinity, -Infinity]',
    'long numbers': b'[%b, 1e999, -0.0]' % (b'7' * 4300),
    'deep': b'[' * 900 + b']' * 900,
    'deeper': b'{"a": ' * 5000 + b'null' + b'}' * 5000,
    'the same key twice': b'{"1": 1, "1": 2}',
    'control characters': b'"\\u0000\\u001b\\u007f"',
}


def listing(odd):
    """Return a list of two servers; the second has *odd* metadata."""
    plain = json.dumps(SERVER)
    more = plain[:-1].encode() + b', "metadata": {"a": ' + odd + b'}}'
    return b'{"servers": [%b, %b]}' % (plain.encode(), more)


@pytest.mark.parametrize('odd', ODD.values(), ids=ODD)
def test_one_odd_server_hides_no_list(address, nova, odd):
    nova.respond_with(*[response(listing(odd))] * 2)

    theirs = send(address, LIST)
    admins = send(address, request('GET /v2.1/servers/detail', token=ADMIN))

    assert (theirs.status, admins.status) == (200, 200)
    assert admins.body == listing(odd)
    assert SECRET.encode() not in theirs.body
    assert theirs.body.count(b'{"a": %b}' % odd) == 1
    # Nothing else is altered, and clients can read it.
    metadata = b'"metadata":{"a": %b}' % odd
    rest = json.loads(theirs.body.replace(metadata, b'"metadata":{}'))
    kept = {key: SERVER[key] for key in SERVER if key != HOST}
    assert rest == {'servers': [kept, {**kept, 'metadata': {}}]}


@pytest.mark.parametrize(
    'broken',
    [
        *(b'"\\ud800', b'"\\ud80"', b'"\\ud800" 1', b'nan', b'"\\ud800\xff"'),
        *(b'"\xed\xa0\x80"', b'["\\ud800",]', b'[' * 5000 + b']' * 4999),
    ],
)
def test_json_that_python_does_not_write_becomes_502(address, nova, broken):
    nova.respond_with(response(listing(broken)))

    received = send(address, LIST)

    assert received.status == 502
    assert SECRET.encode() not in received.body
