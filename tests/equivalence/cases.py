"""Examples with names: ways around, found or thought of, and edges."""

from tests.equivalence.actions import Action
from tests.equivalence.bodies import Update
from tests.equivalence.creates import Create, create
from tests.equivalence.route_requests import (
    FORM,
    JSON,
    MULTIPART,
    REBUILD,
    RESIZE,
    Request,
)
from tests.equivalence.version_headers import Versioned

ROUTES = {
    'an update': Request(),
    'an update under v2': Request(path='/v2/servers/a'),
    'a project in the path': Request(path='/v2.1/f00/servers/a'),
    'a project with dashes': Request(path='/v2.1/-/servers/a'),
    'slashes repeated': Request(path='//v2.1//servers//a'),
    'a slash at the end': Request(path='/v2.1/servers/a/'),
    'an id that is no UUID': Request(path='/v2.1/servers/a%20;x=1'),
    'an id of one dot': Request(path='/v2.1/servers/.'),
    'an id of two dots': Request(path='/v2.1/servers/..'),
    'an id that is detail': Request(path='/v2.1/servers/detail'),
    'an id that is servers': Request(path='/v2.1/servers/servers'),
    'an id with a NUL': Request(path='/v2.1/servers/%00'),
    'an encoded id': Request(path='/v2.1/servers/%61'),
    'an id encoded twice': Request(path='/v2.1/servers/%2561'),
    'an encoded word': Request(path='/v2.1/%73ervers/a'),
    'an encoded slash': Request(path='/v2.1%2fservers%2fa'),
    'an extension': Request(path='/v2.1/servers/a.json'),
    'a newline after the id': Request(path='/v2.1/servers/a%0a'),
    'a newline after the list': Request('GET', '/v2.1/servers%0a'),
    'a newline after detail': Request('GET', '/v2.1/servers/detail%0a'),
    'a version in the content type': Request(
        path='/servers/a', content_type=f'{JSON};version=2.1/+'
    ),
    'a version in what is accepted': Request(
        path='/servers/a', accept=f'{JSON};version=2.1/+'
    ),
    'a method in the query': Request('POST', query='_method=PUT'),
    'a method in the query of a GET': Request('GET', query='_method=put'),
    'a method in an encoded key': Request(
        'POST', query='a=_method&%5fmethod=PUT'
    ),
    'a method in a key that is no UTF-8': Request(
        'POST', query='a=_method&_met%FFhod=PUT'
    ),
    'a method after a semicolon': Request('POST', query='a;_method=PUT'),
    'a method in a form': Request(
        'POST', content_type=FORM, body='_method=PUT'
    ),
    'a method in a form of parts': Request(
        'POST',
        content_type='multipart/form-data; boundary=b',
        body=MULTIPART,
    ),
    'a method in lower case': Request('put'),
    'a method in a header': Request('POST', more=4),
    'a show': Request('GET'),
    'a list': Request('GET', '/v2.1/servers'),
    'a list with details': Request('GET', '/v2.1/servers/detail'),
    'a create': Request('POST', '/v2.1/servers'),
    'a rebuild': Request('POST', '/v2.1/servers/a/action', body=REBUILD),
    'a rebuild of nothing the guard knows': Request(
        'POST', '/v2.1/servers/a/action', body='{"rebuild": {}}'
    ),
    'a resize': Request('POST', '/v2.1/servers/a/action', body=RESIZE),
    'another action': Request(
        'POST', '/v2.1/servers/a/action', body='{"os-start": null}'
    ),
    'an action of no server': Request(
        'POST', '/v2.1/flavors/a/action', body=REBUILD
    ),
    'a newline after the action': Request(
        'POST', '/v2.1/servers/a/action%0a', body=REBUILD
    ),
    'slashes in an action': Request(
        'POST', '//v2.1/servers//a/action//', body=REBUILD
    ),
    'an action of two': Request(
        'POST',
        '/v2.1/servers/a/action',
        body='{"os-start": null, "rebuild": {"name": "a"}}',
    ),
    'servers of a hypervisor': Request(
        'GET', '/v2.1/os-hypervisors/a/servers'
    ),
    'an update by another name': Request(path='/v2.1/os-volumes_boot/a'),
    'a show by another name': Request('GET', '/v2.1/os-volumes_boot/a'),
    'a list by another name': Request('GET', '/v2.1/os-volumes_boot'),
    'a create by another name': Request('POST', '/v2.1/os-volumes_boot'),
    'a rebuild by another name': Request(
        'POST', '/v2.1/os-volumes_boot/a/action', body=REBUILD
    ),
    'a keypair called servers': Request('GET', '/v2.1/os-keypairs/servers'),
    'a flavor called servers': Request('GET', '/v2.1/flavors/servers'),
    'metadata called servers': Request(
        'GET', '/v2.1/servers/a/metadata/servers'
    ),
    'metadata of a server called servers': Request(
        path='/v2.1/servers/servers/metadata', body='{"metadata": {}}'
    ),
}


def _body(text: str, minor: int = 1) -> Update:
    return Update(minor, text.encode('utf-8', 'surrogatepass'))


VERDICTS = {
    'a name': Update(),
    'a name under v2': Update(0),
    'a key twice': _body('{"server": {"name": "a", "name": "b"}}'),
    'server twice': _body('{"server": {"name": "a"}, "server": {}}'),
    'a key twice in two spellings': _body(
        r'{"server": {"name": "a", "n\u0061me": "b"}}'
    ),
    'a second parameter that is null': _body(
        '{"server": {"name": "a", "description": null}}', 19
    ),
    'a second parameter that is empty': _body(
        '{"server": {"name": "a", "description": ""}}', 19
    ),
    'a second parameter that is the default': _body(
        '{"server": {"name": "a", "OS-DCF:diskConfig": "AUTO"}}'
    ),
    'one parameter that is null': _body(
        '{"server": {"description": null}}', 19
    ),
    'no parameter': _body('{"server": {}}'),
    'an unknown parameter': _body('{"server": {"x": 1}}'),
    'an unknown parameter under v2': _body('{"server": {"x": 1}}', 0),
    'another parameter dropped under v2': _body(
        '{"server": {"name": "a", "x": 1}}', 0
    ),
    'spaces around it': _body(' { "server" : { "name" : "a" } } '),
    'an escape': _body(r'{"server": {"name": "\u0061"}}'),
    'a newline after a name': _body('{"server": {"name": "a\\n"}}'),
    'a newline after a description': _body(
        '{"server": {"description": "a\\n"}}', 19
    ),
    'a newline after a hostname': _body(
        '{"server": {"hostname": "ab\\n"}}', 90
    ),
    'a newline after a zone': _body(
        '{"server": {"pinned_availability_zone": "a\\n"}}', 104
    ),
    'a name of 255': _body('{"server": {"name": "%s"}}' % ('a' * 255)),
    'a name of 256': _body('{"server": {"name": "%s"}}' % ('a' * 256)),
    'a lone surrogate': _body(r'{"server": {"name": "\ud800"}}'),
    'a surrogate in UTF-8': _body('{"server": {"name": "\ud800"}}'),
    'a byte order mark': _body('\ufeff{"server": {"name": "a"}}'),
    'UTF-16': Update(1, '{"server": {"name": "a"}}'.encode('utf-16')),
    'NaN': _body('{"server": {"name": NaN}}'),
    'infinity': _body('{"server": {"name": 1e999}}'),
    'too long a number': _body('{"server": {"name": %s}}' % ('9' * 4301)),
    'too deep': _body('[' * 100_000),
    'an empty body': Update(1, b''),
    'a body of no length': Update(length='none'),
    'a body in chunks': Update(length='chunked'),
    'a body cut off': Update(length='long'),
    'a body longer than told': Update(length='short'),
    'another content type': Update(content_type='application/xml'),
    'no content type': Update(content_type=None),
}


def _rebuild(value: str, minor: int = 1, name: str = 'name') -> Action:
    image = '"imageRef": "155d900f-4e14-4e4c-a73d-069cbf4541e6"'
    text = f'{{"rebuild": {{{image}, "{name}": {value}}}}}'
    return Action(minor, text.encode())


def _unshelve(value: str, minor: int = 77) -> Action:
    text = f'{{"unshelve": {{"availability_zone": {value}}}}}'
    return Action(minor, text.encode())


ACTIONS = {
    'a name': _rebuild('"a"'),
    'a name of 2,500': _rebuild(f'"{"a" * 2500}!"'),
    'a name with a space': _rebuild('" a"'),
    'a name with a space under v2': _rebuild('" a"', 0),
    'a name that is null': _rebuild('null'),
    'a hostname of 300': _rebuild(f'"{"a" * 300}!"', 90, 'hostname'),
    'a hostname before its version': _rebuild('"a b"', 89, 'hostname'),
    'a hostname under v2': _rebuild('"a b"', 0, 'hostname'),
    'a description that is null': _rebuild('null', 19, 'description'),
    'a newline after a description': _rebuild('"a\\n"', 19, 'description'),
    'an address of the other kind': _rebuild('"::1"', 1, 'accessIPv4'),
    'a zone before its version': _unshelve('5', 76),
    'a zone': _unshelve('"az"'),
    'no zone': _unshelve('null'),
    'no zone, later': _unshelve('null', 91),
    'a zone of any text, later': _unshelve('" \\u0000"', 91),
    'a zone of 256, later': _unshelve(f'"{"a" * 256}"', 91),
    'half a surrogate pair, later': _unshelve('"\\ud800"', 91),
    'two actions': Action(
        1, b'{"rebuild": {"name": ""}, "resize": {"OS-DCF:diskConfig": 1}}'
    ),
    'a bad image before a bad name': Action(
        1, b'{"rebuild": {"imageRef": "a", "name": ""}}'
    ),
}


def _create(inner: str, minor: int = 1) -> Create:
    return Create(minor, create(inner, minor).encode())


CREATES = {
    'a name': _create('"name": "a"'),
    'no name': Create(1, b'{"server": {"flavorRef": "1"}}'),
    'a name of 256': _create(f'"name": "{"a" * 256}"'),
    'a name with a space': _create('"name": " a"'),
    'a name with a space under v2': _create('"name": " a"', 0),
    'a name of spaces under v2': _create('"name": "  "', 0),
    'a name that is null': _create('"name": null'),
    'a name twice': _create('"name": "a", "name": "b"'),
    'a server twice': Create(1, b'{"server": {}, "server": {"name": ""}}'),
    'a zone with a host': _create('"availability_zone": "az:h:n"'),
    'a zone that is null': _create('"availability_zone": null', 104),
    'a zone with a space under v2': _create('"availability_zone": " a"', 0),
    'a newline after a zone': _create('"availability_zone": "a\\n"'),
    'a pinned zone': _create('"pinned_availability_zone": 5', 104),
    'a description before its version': _create('"description": 5', 18),
    'a description that is null': _create('"description": null', 19),
    'a description under v2': _create('"description": 5', 0),
    'a hostname before its version': _create('"hostname": "a b"', 89),
    'a hostname of 300': _create(f'"hostname": "{"a" * 300}!"', 90),
    'a hostname with a dot': _create('"hostname": "a.b"', 93),
    'a hostname with a dot, later': _create('"hostname": "a.b"', 94),
    'no address': _create('"accessIPv4": ""'),
    'an address of the other kind': _create('"accessIPv6": "192.0.2.1"'),
    'another disk configuration': _create('"OS-DCF:diskConfig": "auto"'),
    'two wrong fields': _create('"accessIPv6": 1, "accessIPv4": 1'),
    'a wrong zone and another field': _create(
        '"OS-DCF:diskConfig": 1, "availability_zone": 1, "accessIPv4": 1'
    ),
    'a bad image before a bad name': _create('"imageRef": 1, "name": ""'),
    'scheduler hints besides': Create(
        1, b'{"server": {"name": ""}, "os:scheduler_hints": {"group": 1}}'
    ),
    'a body of no length': Create(length='none'),
    'a body in chunks': Create(1, length='chunked'),
    'no content type': Create(content_type=None),
    'another content type': Create(content_type='application/xml'),
    'odd user data of another content type': Create(
        1,
        b'{"server": {"user_data": "\xc2\x80"}}',
        content_type='application/xml',
    ),
}

VERSIONS = {
    'no header': Versioned(),
    'no header under v2': Versioned('/v2'),
    'a header under v2': Versioned('/v2', 'compute 2.90'),
    'the newest': Versioned(header='compute latest'),
    'the newest in capitals': Versioned(header='compute LATEST'),
    'the legacy header': Versioned(legacy='2.19'),
    'both headers': Versioned('/v2.1', 'compute 2.3', '2.19'),
    'another service': Versioned('/v2.1', 'volume 3.0', '2.19'),
    'two services': Versioned(header='volume 3.0,compute 2.19'),
    'two versions': Versioned(header='compute 2.3,compute 2.19'),
    'two versions in the legacy header': Versioned(legacy='2.3,2.19'),
    'a service in capitals': Versioned(header='COMPUTE 2.19'),
    'spaces': Versioned(header='  compute   2.19  '),
    'an empty header': Versioned(header=''),
    'an empty version': Versioned(header='compute '),
    'an empty legacy header': Versioned(legacy=''),
    'a zero before it': Versioned(header='compute 02.1'),
    'below the range': Versioned(header='compute 2.0'),
    'above the range': Versioned(header='compute 2.9999'),
    'another major': Versioned(header='compute 3.1'),
    'a digit that is none': Versioned(header='compute 2.\xb2'),
    'no number': Versioned(header='compute a'),
    'too long a number': Versioned(header='compute 2.' + '1' * 4301),
    'too long a number that does not count': Versioned(
        legacy='2.' + '1' * 4301 + ',2.999999999'
    ),
    'too long a number under v2': Versioned('/v2', '2.' + '1' * 4301),
}
