import posixpath

import paste.urlmap
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nova_update_guard.compute_api import paths, routes
from nova_update_guard.compute_api.place_routes import COLLECTIONS

UPDATES = [
    '/servers/a',
    '/v2.1/servers/a',
    '/v2/servers/a',
    '/v2.1/p/servers/a',
    '/compute/v2.1/f5d834d6-36c6/servers/a',
    '//v2.1//servers//a',
    '/v2.1/servers/a/',
    '/v2.1/servers/a//',
    'servers/a',
    '/servers/a.json',
    '/servers/a\n',
    '/servers/detail',
    '/servers/%61',
    '/servers/servers',
    '/servers/ ',
    '/os-volumes_boot/a',
    '/v2.1/f5d8//os-volumes_boot/a/',
    '/servers/..',
]


@pytest.mark.parametrize('path', UPDATES)
@pytest.mark.parametrize('method', ['PUT', 'put', 'Put'])
def test_every_spelling_of_an_update_is_one(method, path):
    assert routes.recognise(method, path, '').operation == 'update'


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('GET', '/servers/a'),
        ('PUT', '/servers'),
        ('PUT', '/servers/'),
        ('PUT', '/servers/a/metadata'),
        ('PUT', '/servers/a/tags/servers'),
        ('PUT', '/flavors/a'),
        ('PUT', '/'),
        ('PUT', ''),
    ],
)
def test_other_requests_are_no_updates(method, path):
    assert routes.recognise(method, path, '').operation != 'update'


@pytest.mark.parametrize(
    'query',
    [
        '_method=PUT',
        '_method',
        'a=1&_method=put',
        'a=1;_method=put',
        '%5fmethod=PUT',
        '%5F%6D%65%74%68%6F%64=PUT',
        '_met%FFhod=PUT',
        '_method=&a=_method',
    ],
)
def test_every_spelling_of_a_method_override_is_one(query):
    assert routes.overrides_method(query)


LISTS = [
    '/servers',
    '/servers/',
    '//servers//',
    '/v2.1/servers',
    '/v2.1/f5d8-36c6/servers',
    '/compute/v2.1/f5d8//servers',
    '/servers\n',
    '/servers/detail',
    '/servers//detail/',
    '/servers/detail\n',
    '/v2/f5d8/servers/detail',
    '/os-volumes_boot',
    '/os-volumes_boot/detail',
]


@pytest.mark.parametrize('path', LISTS)
@pytest.mark.parametrize('method', ['GET', 'get'])
def test_every_spelling_of_a_list_is_one(method, path):
    assert routes.recognise(method, path, '').is_list


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('POST', '/servers'),
        ('HEAD', '/servers'),
        ('GET', '/servers/a'),
        ('GET', '/servers/detail/a'),
        ('GET', '/servers/a/detail'),
        ('GET', '/servers/a/os-instance-actions'),
        ('GET', '/flavors/detail'),
        ('GET', '/detail'),
        ('GET', '/'),
        ('GET', ''),
    ],
)
def test_other_requests_are_no_lists(method, path):
    assert not routes.recognise(method, path, '').is_list


@pytest.mark.parametrize(
    'query', ['', 'name=_method', 'method=PUT', '_method_=PUT', 'a=%5fmethod']
)
def test_other_queries_override_nothing(query):
    assert not routes.overrides_method(query)


@pytest.mark.parametrize(
    'path',
    [*UPDATES, '/servers', '/servers\n', '/v2.1/os-volumes_boot/detail\n'],
)
def test_every_route_whose_response_carries_servers_is_redacted(path):
    assert routes.is_concerned(path)


@pytest.mark.parametrize('path', ['/flavors', '/', '/os-services'])
def test_responses_of_other_routes_are_not_redacted(path):
    assert not routes.is_concerned(path)


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('GET', '/servers'),
        ('GET', '/v2.1/f5d8-36c6/servers/'),
        ('GET', '/f5d8/servers/servers'),
        ('GET', '/compute/v2.1/servers/a'),
        ('GET', '/os-volumes_boot'),
        ('GET', '/os-volumes_boot/servers'),
        ('PUT', '/v2.1/os-volumes_boot/a'),
        ('GET', '/servers/detail'),
        ('GET', '/servers/a'),
        ('PUT', '/servers/a'),
    ],
)
def test_show_list_detail_and_update_owe_a_server_document(method, path):
    assert routes.is_document_due(method, path)


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('POST', '/servers'),
        ('POST', '/servers/a/action'),
        ('HEAD', '/servers/a'),
        ('DELETE', '/servers/a'),
        ('GET', '/servers/a/ips'),
        ('GET', '/os-hypervisors/h/servers'),
        ('GET', '/os-hypervisors/abc/servers'),
        ('GET', '/v2.1/os-keypairs/servers'),
        ('GET', '/servers/a/metadata/servers'),
        ('GET', '/servers/a/tags/os-volumes_boot'),
        ('PUT', '/servers/a/tags/servers'),
        ('GET', '/flavors/servers/os-extra_specs'),
        ('GET', '/os-quota-sets/servers/defaults'),
        ('GET', '/'),
    ],
)
def test_other_responses_need_no_server_document(method, path):
    assert not routes.is_document_due(method, path)


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('POST', '/servers/a/action'),
        ('post', '/v2.1/p/servers/a/action'),
        ('POST', '//v2.1//servers//a//action/'),
        ('POST', '/os-volumes_boot/a/action'),
        ('POST', '/servers/a/action\n'),
        ('POST', '/servers/servers/action'),
    ],
)
def test_every_spelling_of_an_action_is_one(method, path):
    assert routes.recognise(method, path, '').operation == 'action'


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('GET', '/servers/a/action'),
        ('POST', '/servers'),
        ('POST', '/servers/action'),
        ('POST', '/servers/a/actions'),
        ('POST', '/flavors/a/action'),
        ('POST', '/'),
    ],
)
def test_other_requests_are_no_actions(method, path):
    assert routes.recognise(method, path, '').operation != 'action'


@pytest.mark.parametrize(
    ('path', 'visible'),
    [
        ('/servers/a', '/servers/a'),
        ('//v2.1//p/os-volumes_boot/a/', '/v2.1/p/servers/a'),
        ('/v2.1/servers/a/action', '/v2.1/servers/a'),
        ('/os-volumes_boot/a/action\n', '/servers/a'),
        ('/servers/action', '/servers/action'),
        # Below /v2 nova passes over the version that a lookup asks for.
        ('/v2/servers/a', '/v2.1/servers/a'),
        ('/x/v2/p/os-volumes_boot/a/action', '/x/v2.1/p/servers/a'),
        ('/v2.1/v2/servers/a', '/v2.1/v2/servers/a'),
    ],
)
def test_the_path_of_a_lookup_is_the_first_name_of_a_server(path, visible):
    assert routes.show_path(path) == visible


OWN = '/servers/s1/os-update-guard'


@pytest.mark.parametrize(
    ('above', 'visible'),
    [
        ('', '/servers/s1'),
        ('/0af-9', '/0af-9/servers/s1'),
        ('/v2', '/v2.1/servers/s1'),
        ('/v2.1/0af9', '/v2.1/0af9/servers/s1'),
        ('/compute/v2.1', '/compute/v2.1/servers/s1'),
    ],
)
def test_the_guards_own_resource_is_below_a_server(above, visible):
    def operation(method):
        return routes.recognise(method, above + OWN, '').operation

    assert operation('GET') == operation('HEAD') == 'permissions/read'
    assert operation('PUT') == operation('POST') == 'permissions/other'
    assert routes.show_path(above + OWN) == visible


@pytest.mark.parametrize(
    'path',
    [
        f'{OWN}/',
        f'{OWN}\n',
        f'/{OWN}',
        f'x{OWN}',
        f'/p1{OWN}',
        f'/v3{OWN}',
        f'/compute{OWN}',
        f'/./v2.1{OWN}',
        '/servers//s1/os-update-guard',
        '/servers/s1\n/os-update-guard',
        '/servers/../os-update-guard',
        '/servers/\xe9/os-update-guard',
        '/servers/os-update-guard',
        '/servers/detail/os-update-guard',
        '/servers/servers/os-update-guard',
        '/os-volumes_boot/s1/os-update-guard',
        '/servers/s1/os-update-guarded',
    ],
)
def test_a_path_in_any_other_spelling_is_nova_s(path):
    assert routes.recognise('GET', path, '').operation == 'read'
    assert 'os-update-guard' in routes.show_path(path)


@pytest.mark.parametrize(
    ('path', 'server'),
    [
        ('/v2.1/servers/s1', 's1'),
        ('/v2.1/p1//servers//s1/action', 's1'),
        ('/os-volumes_boot/s1', 's1'),
        ('/servers/servers', 'servers'),
        ('/servers/s1\n', 's1'),
        ('/servers/s1\n\n', 's1\n'),
        ('/servers/s1\n/action\n', 's1\n'),
        ('/servers/\n', '\n'),
        ('/servers/detail', None),
        ('/servers/detail\n', None),
        ('/servers', None),
        ('/flavors/s1', None),
        ('', None),
    ],
)
def test_the_server_of_a_request_is_in_its_path(path, server):
    assert routes.server_id(path) == server


PATHS = st.lists(
    st.sampled_from(
        ['', '/', '.', '..', '...', 'a', '.a', 'v2', 'v2.1', 'x', '\n', '%2e']
    )
).map(lambda parts: '/' + ''.join(parts))
SEGMENTS = st.lists(
    st.sampled_from(['', '.', '..', '...', '.a', 'a.', '. ', 'v2', '%2e'])
).map(lambda segments: '/' + '/'.join(segments))


@given(PATHS | SEGMENTS)
@example('/servers/.')
@example('/servers/..')
def test_removing_dot_segments_keeps_a_path_without_any(path):
    clean = posixpath.normpath(path) if path.strip('/') else '/'
    same = paths.with_single_slashes(path).rstrip('/') or '/'

    assert paths.has_dot_segment(path) is (clean.lstrip('/') != same[1:])


@given(PATHS | SEGMENTS)
def test_slashes_are_merged_as_urlmap_of_nova_does(path):
    _, expected = paste.urlmap.URLMap().normalize_url(path, trim=False)

    assert paths.with_single_slashes(path) == expected


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/v2', True),
        ('/v2/servers/a', True),
        ('//v2//servers', True),
        ('/compute/v2/servers', True),
        ('/v2/v2.1/servers', True),
        ('/v2.1/v2/servers', False),
        ('/v2.1/servers/v2', False),
        ('/v2.10/servers', False),
        ('/V2/servers', False),
        ('/v2;x/servers', False),
        ('/', False),
        ('', False),
    ],
)
def test_the_legacy_api_is_recognized_by_its_mount(path, expected):
    assert paths.is_legacy_v2(path) is expected


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        *(('', False), ('/', False), ('/compute', False), ('/v2.10', False)),
        *(('/v2', True), ('/compute/v2.1/', True), ('//v2//f00', True)),
    ],
)
def test_a_version_is_found_anywhere_in_a_path(path, expected):
    assert paths.names_version(path) is expected


@pytest.mark.parametrize('end', ['/secret', '//secret/', '/./secret', '/s\nt'])
def test_the_token_of_a_console_is_not_for_a_log(end):
    path = '/v2.1/os-console-auth-tokens'

    assert paths.for_log(path + end) == f'{path}/...'
    assert paths.for_log('/v2.1/servers/s1') == '/v2.1/servers/s1'


@pytest.mark.parametrize(
    ('method', 'operation'),
    [
        ('GET', 'read'),
        ('HEAD', 'read'),
        ('DELETE', 'other'),
        ('POST', 'other'),
    ],
)
def test_the_operation_of_another_request_is_by_its_method(method, operation):
    assert routes.recognise(method, '/servers/a/b', '').operation == operation


@pytest.mark.parametrize('name', sorted(COLLECTIONS - {'servers'}))
@pytest.mark.parametrize('above', ['', '/v2.1', '/v2', '/x/v2.1', '/v2.1/aa'])
@pytest.mark.parametrize('servers', ['servers', 'os-volumes_boot'])
def test_the_name_of_a_place_is_an_id_below_the_servers(name, above, servers):
    path = f'{above}/{servers}/{name}'

    assert routes.recognise('GET', path, '').place is None
    due = routes.Route('update', is_due=True)
    assert routes.recognise('PUT', path, '') == due
    assert routes.server_id(path) == name


def test_the_servers_of_a_hypervisor_are_a_place_and_no_list_of_servers():
    route = routes.recognise('GET', '/v2.1/os-hypervisors/a/servers', '')

    assert route.place.route == '/os-hypervisors/{id}/servers'
    assert not route.is_list


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/v2.1/servers/s1/ips', '/v2.1/servers/s2'),
        ('/v2/p/servers/s1/action', '/v2.1/p/servers/s2'),
        ('/v2/os-migrations', '/v2.1/servers/s2'),
        ('/x/v2.1/os-simple-tenant-usage/p', '/x/v2.1/servers/s2'),
        ('/v2.1/servers/s1', '/v2.1/servers/s2'),
        ('/servers', '/servers/s2'),
    ],
)
def test_a_server_is_looked_up_at_the_same_nova(path, expected):
    assert routes.server_path(path, 's2') == expected
