"""Requests with names: ways around, found or thought of, and edges."""

from tests.equivalence.route_requests import JSON
from tests.equivalence.sockets.raw_requests import USUAL, Raw
from tests.equivalence.sockets.spellings import (
    REBUILD,
    TWO,
    UPDATE,
    Framing,
)
from tests.proxy.keystone import ADMIN

_HOST, _ = USUAL
_NEWEST = 'OpenStack-API-Version: compute latest'


def _get(target: str, *fields: str) -> Raw:
    return Raw('GET', target, '', (_HOST, *fields))


def _put(target: str, *fields: str) -> Raw:
    return Raw('PUT', target, TWO, (*USUAL, *fields))


def _post(target: str, *fields: str) -> Raw:
    return Raw('POST', target, REBUILD, (*USUAL, *fields))


CASES = {
    'an update': _put('/v2.1/servers/a'),
    'an update past a dot': _put('/v2.1/servers/%2e/a'),
    'an update past a raw dot': _put('/v2.1/servers/./a'),
    'an update past a dot in capitals': _put('/v2.1/servers/%2E/a'),
    'an update past a dot between encoded slashes': _put(
        '/v2.1/servers%2F.%2Fa'
    ),
    'an update up from another': _put('/v2.1/servers/x/%2e%2e/a'),
    'an update up from another, raw': _put('/v2.1/servers/x/../a'),
    'an update up from another, half encoded': _put('/v2.1/servers/x/.%2e/a'),
    'an update up from an action': _put('/v2.1/servers/a/action/%2e%2e'),
    'an update up from another collection': _put(
        '/v2.1/flavors/%2e%2e/servers/a'
    ),
    'an update with a dot at its end': _put('/v2.1/servers/a/%2e'),
    'an update past a dot by another name': _put(
        '/v2.1/os-volumes_boot/%2e/a'
    ),
    'an update past an encoded backslash': _put('/v2.1/servers/%5c../a'),
    'an update past a path parameter': _put('/v2.1/servers/x/..;/a'),
    'an update with a NUL after a dot': _put('/v2.1/servers/.%00/a'),
    'an update encoded twice': _put('/v2.1/servers/%252e/a'),
    'an action past a dot': _post('/v2.1/servers/a/%2e/action'),
    'an action past a raw dot': _post('/v2.1/servers/a/./action'),
    'an action up from another': _post('/v2.1/servers/a/x/%2e%2e/action'),
    'an action with a dot at its end': _post('/v2.1/servers/a/action/%2e'),
    'a list past a dot': _get('/v2.1/servers/%2e/detail?name=^r'),
    'a list past a raw dot': _get('/v2.1/servers/./detail?name=^r'),
    'a list up from a server': _get('/v2.1/servers/x/%2e%2e?name=^r'),
    'a list with a dot at its end': _get('/v2.1/servers/%2e?sort_key=host'),
    'a show of an id that is the name of a place': _get(
        '/v2.1/servers/os-floating-ips'
    ),
    'a show of an id that looks like a list': _get(
        '/v2.1/servers/servers?sort_key=%68ost'
    ),
    'a show of an id that looks like a list with details': _get(
        '/v2.1/servers/detail%20?sort_key=%68ost'
    ),
    'a flavor with an id that looks like a list': _get(
        '/v2.1/flavors/servers?sort_key=%68ost'
    ),
    'a show of such an id with bytes that are not UTF-8': _get(
        '/v2.1/servers/servers?name=%FF'
    ),
    'a show past a dot': _get('/v2.1/servers/%2e/a'),
    'a show of another': _get('/v2.1/servers/b/%2e%2e/a'),
    'a word in a path that is left': _get('/x%73ervers/%2e%2e/v2.1/servers/a'),
    'v2 after two slashes': Raw(
        target='//v2/servers/a', body=UPDATE, token=ADMIN
    ),
    'v2 after an encoded slash': Raw(
        target='/%2Fv2/servers/a', body=UPDATE, token=ADMIN
    ),
    'v2 after a dot': Raw(
        target='/%2e/v2/servers/a', body=UPDATE, token=ADMIN
    ),
    'v2 left for v2.1': Raw(
        target='/v2/%2e%2e/v2.1/servers/a', body=UPDATE, token=ADMIN
    ),
    'v2.1 left for v2': Raw(
        target='/v2.1/%2e%2e/v2/servers/a', body=UPDATE, token=ADMIN
    ),
    'a path before v2': Raw(
        target='/x/v2/servers/a', body=UPDATE, token=ADMIN
    ),
    'out of the endpoint': _get('/%2e%2e/v2.1/servers/a'),
    'out of the endpoint, raw': _get('/../v2.1/servers/a'),
    'out of the endpoint and far': _get('/v2.1/%2e%2e/%2e%2e/v2.1/servers'),
    'a version in the content type': Raw(
        'PUT',
        '/servers/a',
        UPDATE,
        (
            _HOST,
            f'Content-Type: {JSON};version=2.1/+',
        ),
        ADMIN,
    ),
    'legacy in the content type': Raw(
        'PUT',
        '/servers/a',
        UPDATE,
        (
            _HOST,
            f'Content-Type: {JSON};version=2/+',
        ),
        ADMIN,
    ),
    'legacy in what is accepted': _get(
        '/servers/a', f'Accept: {JSON};version=2/+'
    ),
    'legacy in what is accepted, beside another': _get(
        '/servers/a', f'Accept: text/html, {JSON};q=0.5; version=2/+'
    ),
    'legacy in what is accepted, with a backslash': _get(
        '/servers/a', f'Accept: {JSON};"ver\\sion"=2/+'
    ),
    'a range': _get('/v2.1/servers/a', 'Range: bytes=0-60'),
    'a range of a list': _get('/v2.1/servers/detail', 'Range: bytes=20-'),
    'a range with an underscore': _get('/v2.1/servers/a', 'RANGE:bytes=0-60'),
    'two ranges': _get('/v2.1/servers/a', 'Range: bytes=0-60,100-160'),
    'a range from the end': _get('/v2.1/servers/a', 'Range: bytes=-90'),
    'a range of a create': Raw(
        'POST',
        '/v2.1/servers',
        '{"server": {}}',
        (*USUAL, 'Range: bytes=0-60,100-160'),
    ),
    'a range of a rebuild': Raw(
        'POST',
        '/v2.1/servers/a/action',
        '{"rebuild": {"imageRef": "i"}}',
        (*USUAL, 'Range: bytes=0-60,100-160'),
    ),
    'a range if it is the same': _get(
        '/v2.1/servers/a', 'Range: bytes=0-60', 'If-Range: "x"'
    ),
    'a compressed answer': _get('/v2.1/servers/a', 'Accept-Encoding: gzip'),
    'a compressed answer with an underscore': _get(
        '/v2.1/servers/a', 'Accept_Encoding: gzip'
    ),
    'a script name': _put('/v2.1/servers/a', 'SCRIPT_NAME: /v2.1/servers'),
    'a script name with a dash': _put('/v2.1/servers/a', 'Script-Name: /v2.1'),
    'a script name before servers': _put(
        '/v2.1/servers/a/b', 'SCRIPT_NAME: /v2.1'
    ),
    'a path in a header': _put('/v2.1/flavors/a', 'PATH_INFO: /servers/a'),
    'a prefix in a header': _put(
        '/servers/a', 'X-Forwarded-Prefix: /v2.1', 'X-Script-Name: /v2.1'
    ),
    'another version by an underscore': Raw(
        fields=(*USUAL, _NEWEST, 'OpenStack_API_Version: compute 2.1'),
        body=UPDATE,
        token=ADMIN,
    ),
    'two versions': Raw(
        fields=(*USUAL, _NEWEST, 'openstack-api-version: compute 2.1'),
        body=UPDATE,
        token=ADMIN,
    ),
    'a version that the connection keeps': Raw(
        fields=(*USUAL, _NEWEST),
        body=UPDATE,
        token=ADMIN,
        framing=Framing(
            ('Content-Length: <size>', 'Connection: openstack-api-version')
        ),
    ),
    'another token by an underscore': Raw(
        fields=(*USUAL, f'X_Auth_Token: {ADMIN}'), body=UPDATE
    ),
    'a whole URL': _put('http://h/v2.1/servers/a'),
    'a whole URL with a dot': _put('http://h/v2.1/servers/%2e/a'),
    'a whole URL that begins with dots': _put('http://h/../v2.1/servers/a'),
    'a fragment': _put('/v2.1/servers/a#/../x'),
    'a question in the path': _put('/v2.1/servers/a%3F/../x'),
    'another request inside': Raw(
        'GET',
        '/v2.1/flavors',
        '',
        (_HOST,),
        framing=Framing(
            ('Content-Length: <inner size>', 'Transfer-Encoding: chunked'),
            '0\r\n\r\n<inner>',
        ),
    ),
    'another request after': Raw(
        'GET', '/v2.1/flavors', '', (_HOST,), framing=Framing((), '<inner>')
    ),
}
