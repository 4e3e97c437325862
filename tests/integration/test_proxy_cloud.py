"""The reverse proxy in front of a real nova-api that has no guard."""

import base64
import collections
import contextlib
import json
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cloud import (
    bytewise,
    everyday,
    haproxy,
    load,
    ports,
    recorded,
    tokens,
    web,
)
from tests.cloud.cloud import Cloud
from tests.cloud.identity import issue
from tests.cloud.people import ADMIN, MEMBER, READER, STRANGER
from tests.cloud.ports import FREE
from tests.cloud.servers import CANARY, MARKED, RENAMED, SERVERS, THEIRS
from tests.cloud.settings import GUNICORN, UWSGI, Settings
from tests.integration.cloud_requests import (
    EXTENDED,
    FORGED,
    NAME,
    NEWEST,
    SPELLINGS,
    keys,
    message,
    name_of,
    put,
    raw,
    said_since,
    visible,
)
from tests.integration.same_bytes import as_recorded, at, comparable, ids

DEFAULTS = '# The defaults.\n'
SETTINGS = Settings(
    policy=DEFAULTS,
    proxies=(UWSGI, GUNICORN),
    proxy_conf='[DEFAULT]\ndebug = true\n'
    # Without it, these speak at their WARNING.
    'default_log_levels = keystonemiddleware=DEBUG,keystoneauth=DEBUG\n',
)
NUMBERS = (0, 1)
TWO = {'name': 'past-the-guard', 'accessIPv4': '192.0.2.66'}
SERVER = f'/servers/{RENAMED.id}'


@pytest.fixture(scope='module')
def proxied_cloud(seed, tmp_path_factory):
    """Keystone and nova-api, with a proxy of each WSGI server before it."""
    folder = seed(tmp_path_factory.mktemp('proxied'))
    with Cloud(Path(sys.executable), folder, FREE, SETTINGS) as cloud:
        # nova shows the time of day for servers that were never changed.
        for server in SERVERS:
            update = {'server': {'description': 'changed once'}}
            path = f'/servers/{server.id}'
            assert cloud.send(ADMIN, 'PUT', path, update, '2.19').status == 200
        yield cloud


@pytest.fixture
def cloud(proxied_cloud):
    """The cloud with the default policy."""
    if proxied_cloud.policy_file.read_text() != DEFAULTS:
        proxied_cloud.write_policy(DEFAULTS)
    return proxied_cloud


@pytest.fixture(params=NUMBERS, ids=SETTINGS.proxies)
def proxy(cloud, request):
    """Each of the proxies."""
    return cloud.proxies[request.param]


def send(url, method='GET', token=None, body=None, **fields):
    headers = {name.replace('_', '-'): text for name, text in fields.items()}
    if token:
        headers['X-Auth-Token'] = token
    return web.send(method, url, body, headers)


def test_the_catalog_leads_to_the_proxy_and_nova_has_no_guard(cloud):
    straight = send(
        f'{cloud.nova_itself_url}{SERVER}',
        'PUT',
        cloud.token(MEMBER).id,
        {'server': TWO},
    )

    assert cloud.nova_url == at(cloud.proxies[0])
    assert put(cloud, TWO).status == 400
    assert straight.status == 200


def test_one_parameter_is_changed_and_two_are_not(cloud, proxy):
    token = cloud.token(MEMBER).id
    url = at(proxy) + SERVER

    one = send(url, 'PUT', token, {'server': {'name': 'by-proxy'}})
    two = send(url, 'PUT', token, {'server': TWO})

    assert one.status == 200
    assert one.json['server']['name'] == name_of(cloud) == 'by-proxy'
    assert two.status == 400
    assert '2 were given: name, accessIPv4' in message(two)
    assert two.headers['OpenStack-API-Version'] == 'compute 2.1'
    assert two.headers['x-openstack-request-id'].startswith('req-')


@pytest.mark.parametrize(
    ('update', 'version', 'words'),
    [
        ({'description': 'a'}, '2.18', "('description' was unexpected)"),
        ({'accessIPv4': 'x'}, NEWEST, "'x' is not a 'ipv4'"),
        ({}, NEWEST, 'one of: name'),
        (b'{"server": {"name": "a"}, "server": {}}', NEWEST, 'duplicate key'),
    ],
)
def test_a_refusal_has_the_fault_shape_of_nova(cloud, update, version, words):
    before = name_of(cloud)

    response = put(cloud, update, version=version)

    assert response.status == 400
    assert words in message(response)
    assert name_of(cloud) == before


def test_a_reader_is_refused_by_the_rules_name(cloud):
    response = put(cloud, {'name': 'a'}, READER)

    assert response.status == 403
    assert NAME in message(response)


@pytest.mark.parametrize('version', ['/v2', '/v2.1'])
def test_both_versions_of_the_api_are_guarded(cloud, proxy, version):
    before = name_of(cloud)
    url = at(proxy, version) + SERVER

    response = send(url, 'PUT', cloud.token(MEMBER).id, {'server': TWO})
    unknown = send(
        url,
        'PUT',
        cloud.token(MEMBER).id,
        {'server': {'name': before, 'nothing': 1}},
    )

    assert response.status == 400
    assert name_of(cloud) == before
    # What nova drops without a word under /v2 does not count.
    assert unknown.status == (200 if version == '/v2' else 400)


def statuses_of_spellings(cloud, url):
    """Return the status of an update of two fields by each spelling."""
    token = cloud.token(MEMBER)
    fields = {
        'X-Auth-Token': token.id,
        'Content-Type': 'application/json',
    }
    body = json.dumps({'server': TWO}).encode()
    return {
        target: bytewise.send(
            url, 'PUT', target.format(project=token.project_id), fields, body
        ).status
        for target in SPELLINGS
    }


def test_every_spelling_of_an_update_is_checked(cloud, proxy):
    before = name_of(cloud)

    statuses = statuses_of_spellings(cloud, at(proxy))

    assert set(statuses.values()) <= {400, 404, 300}, statuses
    assert name_of(cloud) == before


@pytest.mark.parametrize(
    'target',
    [f'/v2.1/%73ervers/{RENAMED.id}', f'/v2.1/servers%2F{RENAMED.id}'],
)
def test_an_encoded_update_of_one_parameter_works(cloud, target):
    body = json.dumps({'server': {'name': 'encoded'}}).encode()

    status, _ = raw(cloud, 'PUT', target, body)

    assert status == 200
    assert name_of(cloud) == 'encoded'


@pytest.mark.parametrize('method', ['POST', 'GET', 'DELETE'])
def test_no_method_override_reaches_nova(cloud, method):
    before = name_of(cloud)
    body = json.dumps({'server': {'name': 'overridden'}}).encode()

    status, _ = raw(cloud, method, f'/v2.1{SERVER}?_method=PUT', body)

    assert status == 400
    assert name_of(cloud) == before


def token_of(cloud, kind):
    if kind == 'none':
        return None
    if kind == 'garbage':
        return 'gAAAAABgarbage'
    token = issue(cloud.keystone_url, MEMBER).id
    if kind == 'revoked':
        # Before anybody has seen it: authtoken, nova's as well as ours,
        # believes for [keystone_authtoken] token_cache_time what it knows.
        tokens.revoke(cloud.keystone_url, token)
    if kind == 'expired':
        return tokens.expiring(cloud.state, token, -60)
    return token


@pytest.mark.parametrize('kind', ['none', 'garbage', 'revoked', 'expired'])
def test_a_token_that_is_not_valid_gets_401(cloud, proxy, kind):
    token = token_of(cloud, kind)
    before = name_of(cloud)
    url = at(proxy) + SERVER

    update = send(url, 'PUT', token, {'server': {'name': 'unknown'}})
    show = send(url, 'GET', token)
    other = send(f'{at(proxy)}/flavors', 'GET', token)

    assert (update.status, show.status, other.status) == (401, 401, 401)
    challenge = f'Keystone uri="{cloud.keystone_url}"'
    assert update.headers.get_all('WWW-Authenticate') == [challenge]
    assert other.headers.get_all('WWW-Authenticate') == [challenge]
    assert name_of(cloud) == before


def test_a_token_that_keystones_keys_made_is_valid_until_it_expires(cloud):
    token = issue(cloud.keystone_url, MEMBER).id

    later = tokens.expiring(cloud.state, token, 600)

    assert later != token
    assert send(cloud.nova_url + SERVER, 'GET', later).status == 200


def test_a_token_of_another_project_gets_the_404_of_nova(cloud, proxy):
    token = cloud.token(STRANGER).id
    url = at(proxy) + SERVER

    update = send(url, 'PUT', token, {'server': {'name': 'theirs'}})

    assert update.status == 404
    assert update.json['itemNotFound']['code'] == 404
    assert send(url, 'GET', token).status == 404


@pytest.mark.parametrize('version', ['2.1', '2.19', NEWEST])
def test_a_failed_lookup_gets_the_404_of_nova(cloud, proxy, version):
    cloud.write_policy(f'{NAME}: user_id:%(user_id)s')
    token = cloud.token(STRANGER).id
    url = f'{at(proxy)}{SERVER}'
    requested = {'OpenStack_API_Version': f'compute {version}'}

    refused = send(url, 'PUT', token, {'server': {'name': 'a'}}, **requested)
    other = send(url, 'GET', token, **requested)

    assert (refused.status, other.status) == (404, 404)
    assert refused.body == other.body
    for name in ('OpenStack-API-Version', 'Content-Type', 'Vary'):
        assert refused.headers.get_all(name) == other.headers.get_all(name)


@pytest.mark.parametrize('spelling', ['-', '_'])
def test_forged_identity_headers_change_nothing(cloud, proxy, spelling):
    forged = {
        name.replace('-', spelling): text for name, text in FORGED.items()
    }
    reader = {**forged, 'X-Auth-Token': cloud.token(READER).id}
    url = at(proxy) + SERVER
    plain = send(url, 'GET', cloud.token(READER).id)

    update = web.send('PUT', url, {'server': {'name': 'forged'}}, reader)
    visible = web.send('GET', url, headers=reader)
    services = web.send('GET', f'{at(proxy)}/os-services', headers=reader)
    without = web.send('GET', url, headers=forged)

    assert update.status == 403
    assert NAME in message(update)
    assert visible.json == plain.json
    assert (services.status, without.status) == (403, 401)


@pytest.mark.parametrize('path', ['/servers', '/servers/detail', SERVER])
def test_no_hidden_attribute_is_in_any_response(cloud, path):
    hidden = ('hostId', 'metadata', 'OS-EXT-STS:vm_state')
    before = visible(cloud, MEMBER, path)
    cloud.write_policy(
        ''.join(f'update_guard:server:show:{name}: "!"\n' for name in hidden)
    )

    after = visible(cloud, MEMBER, path)

    assert [server['id'] for server in after] == [
        server['id'] for server in before
    ]
    for was, now in zip(before, after, strict=True):
        assert was.keys() == now.keys()
        assert all(not now.get(name) for name in hidden)
        assert all(now[name] == was[name] for name in now.keys() - hidden)
    response = put(cloud, {'name': 'hidden'})
    assert not response.json['server']['hostId']


@pytest.mark.parametrize('version', ['2.1', '2.46', '2.90', NEWEST])
def test_a_member_sees_the_attributes_of_the_reference(cloud, version):
    for path in ('/servers', '/servers/detail', SERVER):
        for server in visible(cloud, MEMBER, path, version):
            assert set(keys(server)) & (EXTENDED | {'host_status'}) == set()
    (whole,) = visible(cloud, ADMIN, SERVER, NEWEST)
    assert EXTENDED | {'host_status'} <= whole.keys()


def test_a_policy_is_in_force_while_the_proxies_run(cloud):
    def statuses():
        update = {'server': {'name': 'by-policy'}}
        token = cloud.token(MEMBER).id
        return {
            send(at(proxy) + SERVER, 'PUT', token, update).status
            for proxy in cloud.proxies
            # More than one process answers for each.
            for _ in range(6)
        }

    before = statuses()
    cloud.write_policy(f'{NAME}: rule:context_is_admin')
    denied = statuses()
    cloud.write_policy(DEFAULTS)

    assert (before, denied, statuses()) == ({200}, {403}, {200})


@pytest.mark.parametrize(
    ('path', 'status'), [('/', 200), ('/v2.1/', 200), ('/v2/', 200)]
)
def test_versions_need_no_token_and_link_to_the_proxy(proxy, path, status):
    response = send(at(proxy, path))

    assert response.status == status
    found = response.json
    versions = found.get('versions') or [found['version']]
    ours = [
        link['href']
        for version in versions
        for link in version['links']
        if link['rel'] == 'self'
    ]
    assert ours
    assert all(link.startswith(at(proxy, '/v2')) for link in ours)


def test_a_version_without_its_slash_gets_the_response_of_nova(cloud, proxy):
    straight = send(cloud.nova_itself_url)

    response = send(at(proxy))

    assert response.status == straight.status == 200
    assert response.json['version']['id'] == 'v2.1'


def test_links_in_documents_lead_to_the_proxy(cloud, proxy):
    token = cloud.token(MEMBER).id

    server = send(at(proxy) + SERVER, 'GET', token).json['server']
    listed = send(f'{at(proxy)}/servers?limit=1', 'GET', token).json
    flavors = send(f'{at(proxy)}/flavors', 'GET', token).json['flavors']

    for document in (server, server['flavor'], *flavors):
        for link in document['links']:
            assert link['href'].startswith(at(proxy, '/'))
    (following,) = listed['servers_links']
    assert following['href'].startswith(f'{at(proxy)}/servers?')


@pytest.mark.parametrize('path', ['/servers', SERVER, '/flavors', '/'])
def test_head_and_options_get_the_responses_of_nova(cloud, proxy, path):
    for method in ('HEAD', 'OPTIONS'):
        ours, novas = (
            bytewise.send(
                url,
                method,
                f'/v2.1{path}',
                {'Host': 'n', 'X-Auth-Token': cloud.token(MEMBER).id},
            )
            for url in (at(proxy), cloud.nova_itself_url)
        )
        assert (ours.status, ours.body) == (novas.status, novas.body)
        assert method != 'HEAD' or ours.body == b''


def test_a_client_sees_the_same_bytes_as_from_nova(cloud):
    projects = {
        caller.name: cloud.token(caller).project_id
        for caller in (MEMBER, STRANGER)
    }
    requests = list(recorded.requests(projects))
    statuses = collections.Counter()
    differing = []
    for number, request in enumerate(requests):
        novas = as_recorded(cloud, cloud.nova_itself_url, request)
        statuses[novas.status] += 1
        # What servers differ in is methods and bodies.
        proxies = cloud.proxies
        if request.method == 'GET':
            proxies = (cloud.proxies[number % len(cloud.proxies)],)
        for proxy in proxies:
            ours = as_recorded(cloud, at(proxy), request)
            if comparable(ours) != comparable(novas):
                differing.append((str(request), proxy.name, novas, ours))
            # Whoever looks for a request in the logs has at least this one.
            wanted = ids(novas) or ['x-openstack-request-id']
            assert ids(ours) == wanted, str(request)

    assert differing == []
    assert len({str(request) for request in requests}) == len(requests) > 250
    # Answers of all kinds are among them.
    assert statuses.keys() >= {200, 202, 204, 300, 400, 401, 403, 404, 413}


@pytest.fixture(
    scope='module', params=everyday.CLIENTS, ids=lambda kind: kind.__name__
)
def client(request, proxied_cloud):
    """Each of the real clients, as a member has it."""
    with contextlib.closing(request.param(proxied_cloud)) as client:
        yield client


@pytest.mark.filterwarnings('ignore')
def test_real_clients_list_show_rename_describe_and_lock(cloud, client):
    name = f'by-{type(client).__name__}'

    client.update(RENAMED.id, name=name)
    client.update(RENAMED.id, description='by a client')
    client.lock(RENAMED.id)
    locked = client.show(RENAMED.id)
    client.unlock(RENAMED.id)

    names = client.names()
    assert names[RENAMED.id] == name
    assert THEIRS.id not in names
    assert (locked['name'], locked['locked']) == (name, True)
    assert locked['description'] == 'by a client'
    assert client.show(RENAMED.id)['locked'] is False


@pytest.mark.filterwarnings('ignore')
def test_real_clients_print_the_refusal(cloud, client):
    before = name_of(cloud)
    cloud.write_policy(f'{NAME}: rule:context_is_admin')

    with pytest.raises(Exception, match='2 were given'):
        client.update(RENAMED.id, name='a', description='b')
    with pytest.raises(Exception, match=NAME):
        client.update(RENAMED.id, name='a')
    assert name_of(cloud) == before


def test_no_token_no_user_data_and_no_body_is_in_a_proxys_log(cloud, proxy):
    log = cloud.log(proxy.name)
    start = log.stat().st_size
    body = 'canary-of-a-body'
    url = f'{at(proxy)}/servers/{MARKED.id}'
    # Not those of other tests: of a token that it knows, auth_token says
    # nothing.
    tokens = {
        caller: issue(cloud.keystone_url, caller).id
        for caller in (MEMBER, ADMIN, READER)
    }
    for caller, token in tokens.items():
        version = {'OpenStack_API_Version': f'compute {NEWEST}'}
        seen = send(url, 'GET', token, **version)
        send(url, 'PUT', token, {'server': {'name': body}}, **version)
        send(url, 'PUT', token, {'server': {body: body}}, **version)
        send(url, 'PUT', token, f'{{"server": "{body}'.encode())
        send(f'{at(proxy)}/servers', 'POST', token, {body: body})
        if caller is ADMIN:
            user_data = seen.json['server']['OS-EXT-SRV-ATTR:user_data']
    said = said_since(log, start)

    assert CANARY in base64.b64decode(user_data).decode()
    assert said.count('Refused, for user') >= 6
    assert 'DEBUG' in said
    for secret in (CANARY, user_data, body, *tokens.values()):
        assert secret not in said


needs_haproxy = pytest.mark.skipif(
    haproxy.binary() is None, reason=haproxy.INSTALL
)


@pytest.fixture
def balanced(cloud):
    """Yield the URL of HAProxy before the two proxies."""
    port = ports.free()
    service = haproxy.before(cloud.state, cloud.ports, port)
    service.start()
    try:
        service.wait()
        # It takes them for up until its first check says otherwise.
        yield at(service, 'v2.1')
    finally:
        service.stop()


@needs_haproxy
def test_haproxy_sends_every_spelling_of_an_update_to_a_guard(cloud, balanced):
    before = name_of(cloud)

    statuses = statuses_of_spellings(cloud, balanced)

    assert set(statuses.values()) <= {400, 404, 300}, statuses
    assert name_of(cloud) == before


@needs_haproxy
def test_links_lead_to_haproxy(cloud, balanced):
    response = send(balanced + SERVER, 'GET', cloud.token(MEMBER).id)

    (link, _) = response.json['server']['links']
    assert link['href'] == balanced + SERVER


@needs_haproxy
def test_bodies_that_do_not_come_hold_no_thread_of_a_guard(cloud, balanced):
    address = urlsplit(balanced)
    head = (
        f'POST /v2.1/os-keypairs HTTP/1.1\r\nHost: {address.netloc}\r\n'
        f'X-Auth-Token: {cloud.token(MEMBER).id}\r\n'
        'Content-Type: application/json\r\nContent-Length: 9\r\n\r\n'
    ).encode()
    with contextlib.ExitStack() as stack:
        waiting = [
            stack.enter_context(
                socket.create_connection((address.hostname, address.port))
            )
            # More than all threads of both.
            for _ in range(80)
        ]
        for client in waiting:
            client.sendall(head)

        response = send(balanced + SERVER, 'GET', cloud.token(MEMBER).id)

        assert response.status == 200
        # They are told 408 when their time is up, and it was not yet.
        for client in waiting:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)


KILLS = 1


def await_work(cloud, proxy):
    """Return when a proxy has requests to answer, as its log tells."""
    log = cloud.log(proxy.name)
    start = log.stat().st_size
    deadline = time.monotonic() + 60
    while 'INFO nova_update_guard.decisions' not in said_since(log, start):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def applied(cloud, start):
    """Return how often nova carried out each update since *start*."""
    return collections.Counter(
        line.split(' [')[1].split()[0]
        for line in said_since(cloud.log('nova'), start).splitlines()
        if '"PUT /v2.1/servers/' in line and 'status: 200' in line
    )


@needs_haproxy
@pytest.mark.parametrize('number', NUMBERS, ids=SETTINGS.proxies)
def test_a_proxy_killed_under_load_sends_no_wrong_response(
    cloud, balanced, number
):
    clients = [
        load.Client(cloud.token(server.owner).id, server.id)
        for server in SERVERS
    ]
    start = cloud.log('nova').stat().st_size
    killed = cloud.proxies[number]
    with load.load(balanced, clients) as running:
        # What is on its way when it dies differs from one time to the next.
        for _ in range(KILLS):
            await_work(cloud, killed)
            running.wait_for_more(2 * len(clients))
            killed.kill()
            running.wait_for_more(3 * len(clients))
            killed.start()
            killed.wait()
        running.wait_for_more(3 * len(clients))
    updates = applied(cloud, start)

    for outcome in running.outcomes:
        assert outcome.status in (200, 502, 503)
        least = 1 if outcome.name and outcome.status == 200 else 0
        assert least <= updates[outcome.request_id] <= 1
    for client in clients:
        own = [one for one in running.outcomes if one.client == client]
        assert [*load.wrong(own)] == []
    lost = [one for one in running.outcomes if one.status != 200]
    # Those that were on their way when it died, and nothing else.
    assert len(lost) <= KILLS * len(clients)
