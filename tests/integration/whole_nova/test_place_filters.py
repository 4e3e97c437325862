"""No filter of a place's list reveals a hidden attribute."""

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from nova import context, objects
from nova.db.main import api as database
from oslo_utils import timeutils

from nova_update_guard.compute_api.place_filters import (
    PLACE_FILTERS,
    PlaceFilter,
)
from nova_update_guard.compute_api.place_routes import rule_of
from nova_update_guard.compute_api.places import SHOWN
from nova_update_guard.policy.defaults import list_rules
from tests.canary.reasons import QUERY_KEYS
from tests.canary.recorded import methods
from tests.whole_nova import servers
from tests.whole_nova.client import (
    ADMIN,
    LEGACY,
    MEMBER,
    NEWEST,
    Client,
    Person,
    Request,
)
from tests.whole_nova.servers import Servers

PLACES = {row.route for row in SHOWN if 'GET' in row.methods}
FUNCTIONS = {
    route: function
    for route, method, function in methods()
    if method == 'GET' and route in PLACES
}
# On both sides of each version at which a query of a place changes.
MINORS = (LEGACY, 1, 58, 59, 79, 80, NEWEST)
MIGRATIONS = '/os-migrations'
USAGES = '/os-simple-tenant-usage'
START = 'start=2000-01-01T00:00:00'
PATHS = {
    MIGRATIONS: f'{MIGRATIONS}?',
    USAGES: f'{USAGES}?detailed=1&',
    f'{USAGES}/{{id}}': f'{USAGES}/{MEMBER.project}?',
}
# By key, values of which each selects otherwise.
VALUES = {
    'host': ('host-one', 'host-two', 'host-three'),
    'source_compute': ('host-one', 'host-three'),
    'project_id': ('project-of-one', 'project-of-nobody'),
    'user_id': ('user-one', 'user-nobody'),
    'start': ('2000-01-01T00:00:00', '2099-01-01T00:00:00'),
    # The servers are a moment old.
    'end': ('2001-01-01T00:00:00', 'now'),
}


@functools.cache
def queries_at(route: str, minor: int) -> frozenset[str]:
    """Return the keys in nova's schemas of the query at 2.*minor*.

    Under ``/v2`` those of its first schema: nova reads the same keys.
    """
    found = getattr(FUNCTIONS[route], 'request_query_schemas', None)
    return frozenset(
        key
        for schema, first, last in (found._schemas if found else ())
        for key in schema.get('properties', {})
        if (first.ver_minor or 0) <= max(minor, 1)
        and (last.is_null() or max(minor, 1) <= last.ver_minor)
    )


def keys_of(route: str) -> set[str]:
    """Return the keys in nova's query of *route*, at any version."""
    return {
        key for minor in range(NEWEST + 1) for key in queries_at(route, minor)
    }


def has_reason(route: str, key: str) -> bool:
    return any(
        re.fullmatch(reason.keys, f'{route}?{key}') for reason in QUERY_KEYS
    )


@pytest.mark.parametrize('route', sorted(FUNCTIONS))
def test_every_key_of_a_query_has_a_row_or_a_reason(route: str) -> None:
    rows = {row.key for row in PLACE_FILTERS if row.route == route}
    keys = keys_of(route)

    assert {key for key in keys - rows if not has_reason(route, key)} == set()
    assert {key for key in rows if has_reason(route, key)} == set()
    assert rows - keys == set()


@pytest.mark.parametrize('reason', QUERY_KEYS, ids=lambda reason: reason.keys)
def test_every_reason_is_needed(reason: Any) -> None:
    assert any(
        re.fullmatch(reason.keys, f'{route}?{key}')
        for route in FUNCTIONS
        for key in keys_of(route)
    )


@pytest.mark.parametrize('row', PLACE_FILTERS, ids=str)
def test_nova_knows_a_key_from_its_version_on(row: PlaceFilter) -> None:
    known = {
        minor
        for minor in range(NEWEST + 1)
        if row.key in queries_at(row.route, minor)
    }

    assert known == {*range(row.since.minor, NEWEST + 1)}


def test_a_place_that_reads_more_of_its_query_has_a_schema_for_it() -> None:
    """All by which nova's database selects migrations is in the schema.

    That takes out what it does not know before 2.59, under ``/v2`` too, and
    then refuses it.
    """
    source = textwrap.dedent(
        inspect.getsource(database.migration_get_all_by_filters)
    )
    selecting = {
        node.left.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.In)
        and isinstance(node.left, ast.Constant)
    }
    found = FUNCTIONS[MIGRATIONS].request_query_schemas._schemas
    first, *rest = found

    assert {'host', 'user_id'} <= selecting
    # By nova's own calls alone.
    assert selecting - keys_of(MIGRATIONS) == {'uuid', 'node'}
    assert first[1].ver_minor == 0
    assert all(schema['additionalProperties'] is False for schema, *_ in rest)


def test_no_list_of_a_place_is_sorted_by_its_query() -> None:
    assert {
        (route, key)
        for route in FUNCTIONS
        for key in keys_of(route)
        if 'sort' in key
    } == set()


@pytest.fixture(scope='module')
def migrated(seeded: Servers) -> Servers:
    """The servers, of which one has migrated twice.

    It was built long ago, whatever the machine's clock does meanwhile: a
    usage until now has no server of the future.
    """
    launched_at = timeutils.parse_isotime('2020-01-01T00:00:00Z')
    servers.set_launched(seeded.active, launched_at)
    admin = context.get_admin_context()
    cell = objects.InstanceMapping.get_by_instance_uuid(admin, seeded.active)
    with context.target_cell(admin, cell.cell_mapping) as target:
        for hosts, person in (
            (('host-one', 'host-two'), 'one'),
            (('host-two', 'host-three'), 'two'),
        ):
            objects.Migration(
                target,
                instance_uuid=seeded.active,
                source_compute=hosts[0],
                dest_compute=hosts[1],
                status='done',
                migration_type='live-migration',
                user_id=f'user-{person}',
                project_id=f'project-of-{person}',
            ).create()
    return seeded


@pytest.fixture(scope='module')
def blind(guarded: Callable[..., Client]) -> Client:
    """nova behind a guard by which nobody sees anything."""
    return guarded(
        {rule.name: '!' for rule in list_rules() if ':show:' in rule.name}
    )


@pytest.fixture(scope='module')
def hiding(guarded: Callable[..., Client]) -> Callable[[str], Client]:
    """Make nova behind a guard that hides one attribute, and only once."""
    return functools.cache(lambda name: guarded({rule_of(name): '!'}))


@pytest.fixture(scope='module')
def seeing(guarded: Callable[..., Client]) -> Client:
    """nova behind a guard by which everybody sees everything."""
    return guarded(
        {rule.name: '@' for rule in list_rules() if ':show:' in rule.name}
    )


def paths_of(row: PlaceFilter) -> list[str]:
    """Return requests with the key, each with another value."""
    more = f'&{START}' if row.key == 'end' else ''
    now = timeutils.utcnow().isoformat()
    return [
        f'{PATHS[row.route]}{row.key}={value}{more}'.replace('=now', f'={now}')
        for value in VALUES[row.key]
    ]


def selected(client: Client, path: str, minor: int) -> tuple[int, object]:
    """Return the status, and the ids in the list, of nova's own for a 400."""
    reply = client.send(Request('GET', path), ADMIN, minor)
    if reply.status != 200:
        return reply.status, reply.json['badRequest']['message']
    document = reply.json
    if 'migrations' in document:
        return 200, [each['id'] for each in document['migrations']]
    usages = document.get('tenant_usages', [document.get('tenant_usage')])
    return 200, [
        usage['instance_id']
        for each in usages
        for usage in each.get('server_usages', ())
    ]


@pytest.mark.parametrize('row', PLACE_FILTERS, ids=str)
@pytest.mark.parametrize('minor', MINORS)
def test_no_filter_selects_by_what_is_hidden(
    hiding: Callable[[str], Client],
    raw: Client,
    migrated: Servers,
    row: PlaceFilter,
    minor: int,
) -> None:
    paths = paths_of(row)
    novas = [selected(raw, path, minor) for path in paths]
    ours = [selected(hiding(row.attribute), path, minor) for path in paths]

    is_known = minor >= row.since.minor
    # Without the guard the filter tells something, or nova refuses it.
    assert (len({str(each) for each in novas}) > 1) == is_known
    if is_known:
        assert {status for status, _ in ours} == {400}
        assert len({str(each) for each in ours}) == 1
    else:
        assert ours == novas


@pytest.mark.parametrize('minor', MINORS)
def test_what_nova_does_not_know_nova_refuses_or_takes_out(
    blind: Client, raw: Client, migrated: Servers, minor: int
) -> None:
    for path in (
        f'{MIGRATIONS}?node=host-one',
        f'{MIGRATIONS}?nothing=1',
        f'{MIGRATIONS}?sort_key=source_compute',
        f'{USAGES}?detailed=1&nothing=1',
        f'{USAGES}/x?host=1',
    ):
        assert selected(blind, path, minor) == selected(raw, path, minor)


@pytest.mark.parametrize('minor', MINORS)
@pytest.mark.parametrize('row', PLACE_FILTERS, ids=str)
def test_who_sees_everything_gets_the_lists_of_nova(
    seeing: Client,
    raw: Client,
    migrated: Servers,
    row: PlaceFilter,
    minor: int,
) -> None:
    for path in paths_of(row):
        request = Request('GET', path)
        ours, novas = (
            client.send(request, ADMIN, minor) for client in (seeing, raw)
        )
        assert ours.status == novas.status
        if MIGRATIONS in path:
            assert ours.body == novas.body


@pytest.mark.parametrize('minor', [80, NEWEST])
def test_a_filter_by_ones_own_id_selects(
    blind: Client, raw: Client, migrated: Servers, minor: int
) -> None:
    caller = Person('one', ADMIN.roles, 'project-of-one')
    for query in ('project_id=project-of-one', 'user_id=one-id'):
        request = Request('GET', f'{MIGRATIONS}?{query}')
        ours, novas = (
            client.send(request, caller, minor) for client in (blind, raw)
        )
        assert (ours.status, novas.status) == (200, 200)
        assert len(ours.json['migrations']) == len(novas.json['migrations'])


@pytest.mark.parametrize('minor', MINORS)
@pytest.mark.parametrize('spelling', ['%0A', ''])
def test_a_period_until_now_is_nova_s_own(
    guarded: Callable[..., Client],
    raw: Client,
    migrated: Servers,
    minor: int,
    spelling: str,
) -> None:
    client = guarded({'update_guard:server:show:OS-SRV-USG:launched_at': '!'})
    end = '2098-01-01T00:00:00'
    path = f'{USAGES}{spelling}?detailed=1&{START}&end={end}'

    found = selected(client, path, minor)

    assert found == selected(raw, path, minor)
    assert migrated.active in found[1]
    # nova reads only what is between two ampersands.
    for other in ('2001-01-01T00:00:00', f'{end};', f'2001;end={end}'):
        refused = selected(client, path.replace(end, other), minor)
        assert refused[0] == 400
