"""Parts of a request as bytes, each list with the plainest first.

What stands in a list more than once is drawn that much more often.
"""

from typing import NamedTuple

from tests.proxy.keystone import ADMIN, MEMBER

# Most are of somebody who may see and change nothing.
TOKENS = [*[MEMBER] * 9, *[ADMIN] * 4, None]

# In the place of a slash, or at the end: what a server could take for one, for
# none, or for a way up.
SLASHES = [
    *('/./', '/%2e/', '/x/../', '/x/%2e%2e/', '%2F.%2F', '/x%2F..%2F') * 4,
    *('//', '///', '%2F', '%2f', '/%2F', '%2F/', '%2f%2F', '/%2f/'),
    *('/%2E/', '/././', '%2f.%2f', '%2F%2e%2f', '/.%2F', '/%2e%2f', '%2F./'),
    *('/x/%2E%2E/', '/x/.%2e/', '/x/%2e./', '/x/y/../../', '/x/./../'),
    *('/x/y/%2e%2e/%2e%2e/', '/x%2f%2e%2e%2f', '/x/..%2f', '/x%2f../'),
    *('/servers/../', '/servers/%2e%2e/', '/a/action/%2e%2e/%2e%2e/'),
    *('/x//../', '/x/%2e%2e//', '/x/..//', '//x/../', '%2f%2fx%2f..%2f'),
    *('/x/..;/', '/..;/', '/.;/', '/;/', '/;x=y/', ';/', '/x/..;a=b/'),
    *('\\', '%5c', '%5C', '/%5c', '/x/..\\', '/x%5c..%5c', '/x/..%5c'),
    *('/x\\..\\', '/%2e%5c', '/.\\', '%5c.%5c', '%5C%2e%2e%5C'),
    *('%252f', '/%252e/', '/x/%252e%252e/', '%252F.%252F', '/%25%32%65/'),
    *('%c0%af', '/%c0%ae/', '/x/%c0%ae%c0%ae/', '/%u002e/', '%u2215'),
    *('%ef%bc%8f', '%e2%88%95', '/%ef%bc%8e/', '/x/%e2%80%a5/'),
    *('/%00/', '/.%00/', '/x/..%00/', '/%2e%00', '%00/', '/%00%2f'),
    *('/%20/', '/.%20/', '/%20./', '/x/..%20/', '/.%09/', '/%09/'),
    *('/%0a/', '/.%0a/', '/x/..%0a/', '/%0d/', '%0d%0a', '/.%0d%0a/'),
    *('/.../', '/x/.../', '/..../', '/x/...%2f', '/~/', '/+/', '/*/'),
    *('/../', '/%2e%2e/', '..%2f', '/..%2f', '/../../', '/%2e%2e%2f..%2f'),
    *('/.%3f/', '/x/..%3fa/', '/.%23/', '/x/..%23/', '/%3f/', '/%23/'),
    *('/.%2e%2f', '/%2e%252e/', '/:/', '/@/', '/.json/', '/x/..json/'),
    *('/%', '/%2', '/%%2e/', '/%2%65/', '/%zz/', '/.%', '/%2e%'),
    *('/%7e/', '/|/', '/"/', '/</', '/^/', '/{x}/', '/`/', '/.|/'),
]

# Before the path; <path> is what follows. nova's urlmap reads it first.
PREFIXES = [
    *('<path>',) * 400,
    *('/%2Fv2<path>', '//v2/..<path>', '/./v2.1<path>', '/%2e/v2<path>'),
    *('/v2/..<path>', '/v2.1/..<path>', '/v2/%2e%2e<path>', '/..<path>'),
    *('/v2.1/%2e%2e<path>', '/x/..<path>', '/x/%2e%2e<path>', '/%2e%2e<path>'),
    *('/compute<path>', '/compute/..<path>', '/x/v2.1/..<path>', '/.<path>'),
    *(
        '/..%2f..<path>',
        '/%2e%2e/%2e%2e<path>',
        '%2f..<path>',
        '/v2%2F..<path>',
    ),
    *('/%2F<path>', '/%2f%2F<path>', '//x/..<path>', '/v2.1/../v2/..<path>'),
    *('/v2/v2.1/..<path>', '/V2/..<path>', '/healthcheck/..<path>'),
    *('/%5c..<path>', '/\\..<path>', '/;<path>', '/v2;x/..<path>'),
    *('/x%2f..%2f<path>', '/.%2f<path>', '/%2e%2f<path>', '/%00<path>'),
    *('%2e<path>', '.<path>', '..<path>', 'x/..<path>', '%2fv2%2f..<path>'),
]

# What stands in the request line; <target> is path and query.
FORMS = [
    *('<target>',) * 500,
    *('http://h<target>', 'HTTP://H:80<target>', 'https://h<target>'),
    *('http://127.0.0.1<target>', 'http://h@x<target>', 'http://<target>'),
    *('http:<target>', 'h<target>', '*<target>', '//h<target>', '<target>#'),
    *('<target>#x', '<target>#/../flavors', '<target>?', '<target>?/..'),
    *('<target>%20', '<target>/', '<target>%3f', '<target>%23x'),
    *('http://h/..<target>', 'http://h/%2e%2e<target>', 'http://h?<target>'),
    *('http://h#<target>', 'ftp://h<target>', '/http://h<target>'),
    *('<target>;x', '<target>&', '<target>%26', '?<target>', '/?<target>'),
    *(
        '<target> ',
        '<target>\t',
        '<target>\x0b',
        '<target>\x00',
        '<target>\xe4',
    ),
]

QUERIES = [
    *('',) * 120,
    *('name=^r', 'name=hidden', 'host=a', 'sort_key=host', 'ip=1', 'ip6=f'),
    *('nam%65=x', '%6eame=x', 'NAME=x', 'name', 'name=', '&name=x', ';name=x'),
    *('a=b&name=x', 'a=b;name=x', 'name=x&name=y', '?name=x', 'name%3Dx'),
    *('limit=1&host=a', 'sort_key=%68ost', 'sort_key=host&sort_key=name'),
    *('sort_key=+host', 'sort_key=%20host', 'host+=a', '+host=a', 'host%00=a'),
    *('changes-since=2020-01-01', 'tags=a', 'not-tags=b', 'access_ip_v4=1'),
    *('user_data=a', 'locked=true', 'a=%', 'name=%', 'name=%zz', '%=name'),
    *('name=%2e%2e', 'a=/../', 'a=/%2e%2e/', 'name=a/../b', 'name=%FF'),
    *('all_tenants=1', 'unknown=1', 'limit=1', 'marker=a', 'deleted=true'),
    *('na\xefme=x', 'name=x%26host=a', '%6e%61%6d%65=x', 'host=%0a'),
    *('name%0a=x', 'host[]=a', 'host=a#', '#name=x', 'name=x%23'),
]

UPDATE = '{"server": {"name": "r"}}'
TWO = '{"server": {"name": "r", "accessIPv4": "1.2.3.4"}}'
REBUILD = '{"rebuild": {"imageRef": "i", "name": "r"}}'
# None is the one that fits the method.
BODIES = [
    *(None,) * 60,
    *(UPDATE, TWO, TWO, REBUILD, '{"resize": {"OS-DCF:diskConfig": "AUTO"}}'),
    *('{"unshelve": {"availability_zone": "a"}}', '{"os-start": null}'),
    *('{"rebuild": {"imageRef": "i"}}', '{"os-start": 0, "rebuild": {}}'),
    *('{"rebuild": {"name": "r"}, "os-start": null}', '', '{}', '[]', 'x'),
    *('{"server": {"name": "r"}, "rebuild": {"name": "r"}}', '_method=PUT'),
]

_FIELDS = {
    'OpenStack-API-Version': ('compute 2.90', 'compute latest', 'compute 2.3'),
    'X-OpenStack-Nova-API-Version': ('2.19', 'latest', '2.104'),
    'SCRIPT_NAME': ('/v2.1', '/v2', '/x', '/v2.1/servers'),
    'PATH_INFO': ('/v2.1/servers/a', '/v2.1/flavors'),
    'X-Forwarded-Prefix': ('/v2.1', '/x/..'),
    'Host': ('h', 'servers', 'h:80', 'h/v2.1', 'h, h'),
    'Accept': (
        *('application/json;version=2', 'application/json;version=2.1'),
        *('application/json;version=2.1/+', '*/*;version=2', 'text/html'),
        *('application/json;version=2/+', '*/*;q=0.5; version=2/+'),
        *('application/json; VERSION=2', 'multipart/byteranges'),
        *('application/json;version="2"', 'application/json;"ver\\sion"=2'),
        *('application/json;"version"=2.1/+', '"a;version=2";version=2'),
    ),
    'Content-Type': (
        *('application/json', 'application/json;version=2', 'text/plain'),
        *('application/json;version=2/+', 'application/json; version="2/+"'),
        *('application/json;version=2.1/+', 'application/json;version="2.1"'),
        *('application/x-www-form-urlencoded', 'application/json;a;version=2'),
    ),
    'Range': (
        *('bytes=0-60', 'bytes=20-', 'bytes=-90', 'bytes=0-60,100-160'),
        *('BYTES=10-90', 'bytes=30-80, -50', 'bytes=0-0,1-'),
    ),
    'If-Range': ('"x"', 'Thu, 01 Jan 2099 00:00:00 GMT', '*'),
    'If-None-Match': ('*', '"x"'),
    'If-Match': ('*', '"x"'),
    'If-Modified-Since': ('Thu, 01 Jan 2099 00:00:00 GMT',),
    'If-Unmodified-Since': ('Thu, 01 Jan 2099 00:00:00 GMT',),
    'Accept-Encoding': ('gzip', 'deflate, gzip;q=1', 'br', '*'),
    'X-Auth-Token': (MEMBER, ADMIN, 'x', ''),
    'X-Roles': ('admin',),
    'X-Identity-Status': ('Confirmed',),
    'X-User-Id': ('user-0',),
    'X-Is-Admin-Project': ('True',),
    'X-HTTP-Method-Override': ('PUT', 'GET'),
    'X-Original-URL': ('/v2.1/servers/a', '/v2.1/servers?name=x'),
    'X-Rewrite-URL': ('/v2.1/servers/a',),
    'X-Original-URI': ('/v2.1/servers/a',),
    'Request-URI': ('/v2.1/servers/a',),
    'Request-Method': ('PUT', 'GET'),
    'Query-String': ('name=x', '_method=PUT'),
    'Content-Encoding': ('gzip', 'identity'),
    'X-Forwarded-Host': ('servers', 'h'),
    'X-Forwarded-Proto': ('https',),
    'X-Forwarded-For': ('127.0.0.1',),
    'Forwarded': ('host=x;proto=https', 'for=127.0.0.1'),
    'X-Openstack-Request-Id': ('req-5f2c1b0e-9d3a-4c55-8e8e-0a1b2c3d4e5f', ''),
    'Server-Protocol': ('HTTP/0.9',),
    'UWSGI-Script': ('x',),
    'Origin': ('http://x',),
    'Cookie': ('a=b; version=2',),
    'Destination': ('/v2.1/servers/a',),
}


def _spelled(name: str, value: str) -> list[str]:
    """Return a field in each way that a server could take for it."""
    swapped = name.swapcase()
    dashed = name.replace('_', '-')
    lined = name.replace('-', '_')
    usual = [f'{name}: {value}'] * 4
    return [
        *usual,
        *(f'{swapped}: {value}', f'{dashed}: {value}', f'{lined}: {value}'),
        *(f'X-{dashed}: {value}', f'HTTP_{lined}: {value}', f'{name}:{value}'),
        *(f'HTTP-{dashed}: {value}', f'{lined.upper()}:\t {value} \t'),
        f'{dashed.lower()}:{value}',
    ]


SPELLED = [
    line
    for name, values in _FIELDS.items()
    for value in values
    for line in _spelled(name, value)
]
# Two in three are none.
FIELDS = [''] * 2 * len(SPELLED) + SPELLED

PROTOCOLS = [
    *('HTTP/1.1',) * 200,
    'HTTP/1.0',
    'HTTP/1.2',
    'HTTP/2.0',
    'HTTP/0.9',
]


class Framing(NamedTuple):
    """Fields and content; the parts in ``<>`` are filled in.

    body     the request's body, <size> bytes of it
    chunks   the same in chunks
    inner    another request, an update, of <inner size> bytes
    """

    fields: tuple[str, ...] = ('Content-Length: <size>',)
    content: str = '<body>'


_LENGTH = 'Content-Length: <size>'
_INNER = 'Content-Length: <inner size>'
_CHUNKED = 'Transfer-Encoding: chunked'
PLAIN = Framing()
FRAMINGS = [
    *(PLAIN,) * 500,
    *(Framing((_CHUNKED,), '<chunks>'),) * 3,
    Framing((), ''),
    Framing((), '<body>'),
    Framing((), '<inner>'),
    Framing(('Content-Length: 0',), '<inner>'),
    Framing((_LENGTH,), '<body><inner>'),
    Framing((_INNER,), '<inner>'),
    Framing((_CHUNKED,), '<chunks><inner>'),
    Framing((_CHUNKED,), '<inner>'),
    Framing((_CHUNKED,), '0\r\n\r\n<inner>'),
    Framing((_LENGTH, _CHUNKED), '<chunks>'),
    Framing((_LENGTH, _CHUNKED), '<chunks><inner>'),
    Framing((_CHUNKED, _LENGTH), '<body>'),
    Framing((_CHUNKED, _INNER), '0\r\n\r\n<inner>'),
    Framing((_INNER, _CHUNKED), '0\r\n\r\n<inner>'),
    Framing((_LENGTH, _INNER), '<inner>'),
    Framing((_INNER, _LENGTH), '<inner>'),
    Framing(('Content-Length: 0', _INNER), '<inner>'),
    Framing(('Content_Length: 0', _INNER), '<inner>'),
    Framing((_LENGTH, 'Content_Length: 0'), '<body>'),
    Framing(('Content-Length: 0', 'Content_Length: <inner size>'), '<inner>'),
    Framing((_LENGTH, 'Transfer_Encoding: chunked'), '<body>'),
    Framing((_INNER, 'Transfer_Encoding: chunked'), '0\r\n\r\n<inner>'),
    Framing((_INNER, 'Transfer-Encoding: xchunked'), '0\r\n\r\n<inner>'),
    Framing((_INNER, 'Transfer-Encoding : chunked'), '0\r\n\r\n<inner>'),
    Framing((_INNER, 'Transfer-Encoding:\x0bchunked'), '0\r\n\r\n<inner>'),
    Framing((_INNER, ' Transfer-Encoding: chunked'), '0\r\n\r\n<inner>'),
    Framing((_INNER, 'X: y\nTransfer-Encoding: chunked'), '0\r\n\r\n<inner>'),
    Framing((_INNER, 'X: y\rTransfer-Encoding: chunked'), '0\r\n\r\n<inner>'),
    Framing((_INNER, 'Transfer-Encoding: identity'), '<inner>'),
    Framing((_CHUNKED, 'Transfer-Encoding: identity'), '<chunks><inner>'),
    Framing(('Transfer-Encoding: chunked, identity',), '<chunks><inner>'),
    Framing(('Transfer-Encoding: CHUNKED',), '<chunks>'),
    Framing(('Content-Length: +<size>',), '<body>'),
    Framing(('Content-Length: <size>, <size>',), '<body>'),
    Framing(('Content-Length: 0<size>',), '<body>'),
    Framing(('Content-Length : <size>',), '<body>'),
    Framing((_LENGTH, 'Connection: close'), '<body>'),
    Framing((_LENGTH, 'Connection: keep-alive'), '<body><inner>'),
    Framing((_LENGTH, 'Connection: openstack-api-version'), '<body>'),
    Framing((_LENGTH, 'Connection: content-length'), '<body>'),
    Framing((_LENGTH, 'Connection: x-auth-token, accept'), '<body>'),
    Framing((_LENGTH, 'Connection: content-type'), '<body>'),
    Framing((_LENGTH, 'Connection: upgrade', 'Upgrade: h2c'), '<body>'),
    Framing((_LENGTH, 'Expect: 100-continue'), '<body>'),
    Framing((_LENGTH, 'TE: trailers, gzip'), '<body>'),
    Framing((_LENGTH, 'X: y\r\n folded'), '<body>'),
    Framing((_LENGTH, 'X: y\r\n\r\n'), '<inner>'),
    Framing((_LENGTH, 'no colon'), '<body>'),
    Framing((_LENGTH, ': no name'), '<body>'),
    Framing((_LENGTH, 'X\x00: y'), '<body>'),
    Framing((_LENGTH, 'X: \x00'), '<body>'),
    Framing((_LENGTH, 'X: \xe4'), '<body>'),
    Framing((_LENGTH, '\xe4: y'), '<body>'),
]
