"""Memory is bounded in bytes, for any client and any server."""

import ast
import re
from pathlib import Path

import pytest
import webob

import nova_update_guard
from nova_update_guard.compute_api import documents, microversions, routes
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import UNLISTED
from nova_update_guard.layers import redaction
from nova_update_guard.middleware.views import Views
from nova_update_guard.policy import enforcer
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.proxy import headers, http_syntax
from tests.documents import redact
from tests.memory import held
from tests.standin import MEMBER
from tests.updates import put

HOUSE = Path(nova_update_guard.__file__).parent
MB = 2**20
# As long as a header can be under uWSGI, with its buffer-size of 65535.
LONG = 60000
SHOW = 'update_guard:server:show:'
CREDS = {'roles': ['member', 'reader'], 'project_id': 'p1'}


def names():
    """Yield names of headers that nobody has sent before."""
    for number in range(1100):
        yield f'HTTP_{number:x}'.ljust(LONG, 'X')


def environ(**more):
    return {
        'REQUEST_METHOD': 'GET',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'PATH_INFO': '/servers/s1',
        'HTTP_HOST': 'h',
        'wsgi.url_scheme': 'http',
        **more,
    }


@pytest.mark.parametrize(
    'read',
    [
        http_syntax.check,
        headers.request_headers,
    ],
    ids=['well_formed', 'request_headers'],
)
def test_names_of_headers_are_not_held(read):
    def fill():
        for name in names():
            read(environ(**{name: 'a'}))

    assert held(fill) < MB


@pytest.mark.parametrize(
    'text',
    [
        lambda n: f'compute 2.1{n}'.ljust(LONG, '1'),
        lambda n: f'compute 2.90, {n:x}'.ljust(LONG, 'y') + ' 1.1',
        lambda n: f'compute {n}.x'.ljust(LONG, 'x'),
    ],
    ids=['long', 'many', 'malformed'],
)
@pytest.mark.parametrize(
    'name',
    ['HTTP_OPENSTACK_API_VERSION', 'HTTP_X_OPENSTACK_NOVA_API_VERSION'],
)
def test_texts_of_versions_are_not_held(name, text):
    def fill():
        for number in range(1100):
            requested = environ(**{name: text(number)})
            try:
                microversions.requested(requested)
            except microversions.BadVersionError:
                continue

    assert held(fill) < MB


def test_a_frequent_version_is_parsed_once(monkeypatch):
    read = []
    get_version = microversions.microversion_parse.get_version
    monkeypatch.setattr(
        microversions.microversion_parse,
        'get_version',
        lambda *requested: read.append(requested) or get_version(*requested),
    )
    for _ in range(3):
        microversions.read([('OpenStack-API-Version', 'compute 2.1977')])

    assert len(read) <= 1


@pytest.mark.parametrize('role', [lambda n: f'{n}' * 12000, lambda n: f'{n}'])
def test_callers_are_held_within_a_bound(monkeypatch, role):
    """However many there are, and however many roles each has."""
    monkeypatch.setattr(enforcer, '_MAX_CALLERS', 8 * MB)
    rules = Rules(Checks({f'{SHOW}name': 'role:x'}), 'r')
    views = Views(None)

    def fill():
        for number in range(1000):
            roles = [f'{role(number)}-{n}' for n in range(9)]
            views.at(MAX, rules.caller({**CREDS, 'roles': roles}))
        return rules

    assert held(fill) < 12 * MB


def test_a_caller_is_known_again_while_others_come_and_go():
    rules = Rules(Checks({}), 'r')
    mine = rules.caller(dict(CREDS))

    for number in range(5000):
        rules.caller({**CREDS, 'user_id': str(number)})
        assert rules.caller(dict(CREDS)) is mine


def test_decisions_about_servers_are_held_within_a_bound():
    text = "not 'x':%(server.metadata.a)s"
    rules = Rules(Checks({f'{SHOW}name': text}), 'r')
    callers = [rules.caller({**CREDS, 'user_id': str(n)}) for n in range(3)]

    def fill():
        texts = [f'{number}'.ljust(LONG, 'x') for number in range(120)]
        for text in (*map(str, range(3000)), *texts):
            for caller in callers:
                server = {'metadata': {'a': text}}
                assert caller.authorize(f'{SHOW}name', server)
        return rules

    assert held(fill) < 6 * MB


def server(number, size):
    port = {'addr': f'{number}'.ljust(size, 'x'), 'new': 'secret'}
    return {'id': 's', 'name': 'a', 'addresses': {'net': [port]}}


@pytest.mark.parametrize(('size', 'count'), [(LONG, 100), (1900, 900)])
def test_values_of_servers_are_held_within_a_bound(size, count):
    """For any caller, at any version."""
    views = [
        redaction.view_at(
            MAX._replace(minor=minor), lambda rule: rule != UNLISTED
        )
        for minor in (1, 16, 47, 71, 90, 100)
    ]

    def fill():
        for number in range(count):
            for view in views:
                visible, _ = redact(view, server(number, size))
                (port,) = visible['addresses']['net']
                assert port.keys() == {'addr'}
        return views

    # Keys and values of 4096 times 2 kB.
    assert held(fill) < 24 * MB


@pytest.mark.parametrize('size', [100, LONG])
def test_paths_that_clients_choose_are_held_within_a_bound(size):
    def fill():
        for number in range(3000):
            path = f'/servers/{number}'.ljust(size, 'x')
            assert routes.recognise('GET', path, '').is_due

    assert held(fill) < 2 * MB


def test_a_repeated_value_is_not_parsed_again(monkeypatch):
    opened = []
    real = documents.opened
    monkeypatch.setattr(
        documents,
        'opened',
        lambda *requested: opened.append(requested) or real(*requested),
    )
    view = redaction.view_at(MAX, lambda rule: rule != UNLISTED)

    for _ in range(3):
        redact(view, server('again', 100))

    assert len(opened) == 1


def list_by(guard, key):
    """List servers by *key*, without webtest, which would keep the URL."""
    legacy = {**MEMBER, 'openstack.legacy_v2': True}
    requested = webob.Request.blank('/servers', legacy)
    requested.query_string = f'sort_key={key}&{key}=1'
    assert requested.get_response(guard.app).status_int == 400


def test_a_refused_request_leaves_nothing_in_memory(guard):
    def fill():
        for number in range(200):
            name = f'{number}'.ljust(LONG, 'x')
            put(guard, {'server': {name: 1}}, status=400)
            list_by(guard, name)

    put(guard, {'server': {'x': 1}}, status=400)
    list_by(guard, 'x')
    assert held(fill) < MB


# The caches of functools' own, which are bounded in entries or not at all: by
# what they are asked for. No client chooses that.
OWN = {
    'middleware/views.warn_of_newer': 'a version that nova has answered',
    'middleware/deadlines._keeper': 'the process',
    'middleware/deadlines._uwsgi': 'nothing',
    'compute_api/action_fields._action_fields_at': 'an edge of the tables',
    'compute_api/create_fields._create_fields_at': 'an edge of the tables',
    'layers/field_validation._create_at': 'an edge of the tables',
    'layers/field_validation._created_at': 'an edge of the tables',
    'layers/field_validation._actions_at': 'an edge of the tables',
    'layers/field_validation._fields_at': 'an edge of the tables',
    'layers/field_validation._shape': 'yes or no',
    'layers/field_validation._validator_at': 'an edge of the tables',
    'compute_api/error_texts._compiled': 'a row of the table',
    'compute_api/microversions._known': 'short texts only',
    'compute_api/patterns.compiled': 'a pattern of the operator, or of nova',
    'compute_api/python_json._rest': 'a bracket',
    'compute_api/routes._known': 'short paths only',
    'compute_api/version.effective_version': 'few versions',
    'middleware/refusals.warn_of_place': 'nothing',
    'policy/checks.read': 'a rule of the operator, for one load of the files',
    'policy/trees._takes_rule': 'a kind of check',
    'deploy/start_checks._say': 'a warning at the start',
    'deploy/start_checks.warn_of_pipelines': 'the path of a file',
}
# Of metrics: the names of labels that the tables know.
LABELS = {
    'audit/metrics._decisions',
    'audit/metrics._redacted',
    'audit/metrics._guard_seconds',
    'audit/metrics._nova_seconds',
}


def caches(path):
    """Yield the name of each function that functools keeps results of."""
    module = path.relative_to(HOUSE).with_suffix('').as_posix()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            made, name = node.decorator_list, node.name
        elif isinstance(node, ast.Assign):
            made, name = [node.value], ast.unparse(node.targets[0])
        else:
            continue
        # Those of a request go with it.
        kept = [ast.unparse(each) for each in made]
        if any(re.search(r'functools\..*cache\b', text) for text in kept):
            yield f'{module}.{name}'


def test_no_other_function_keeps_results_without_a_bound_in_bytes():
    found = {
        name
        for path in HOUSE.rglob('*.py')
        if path.stem != 'bounded_cache'
        for name in caches(path)
    }

    assert found == OWN.keys() | LABELS
