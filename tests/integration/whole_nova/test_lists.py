"""No filter and no sort key of a list reveals a hidden attribute."""

from collections.abc import Callable, Iterator

import pytest
from nova.db.main import models
from sqlalchemy import inspect

from nova_update_guard.layers.list_query import RULES, UNRESTRICTED
from nova_update_guard.policy.defaults import list_rules
from tests.whole_nova import servers
from tests.whole_nova.client import (
    ADMIN,
    LEGACY,
    MEMBER,
    NEWEST,
    Client,
    Person,
    Reply,
    Request,
)
from tests.whole_nova.servers import Servers

ATTRIBUTES_BY_COLUMN = {
    column.key for column in inspect(models.Instance).columns
}
KEYS = sorted(ATTRIBUTES_BY_COLUMN | RULES.keys() | UNRESTRICTED)
# With no schema, with one that takes out what it does not know, and with one
# that refuses it.
MINORS = (LEGACY, 74, NEWEST)
STATE = 'sort_key=vm_state'
# By these nova sorts for all: its own order, and the id.
FREE = {'created_at', 'uuid'}
# They choose servers by their place in the list, by their id or by what nova
# tells all who create some.
CHOOSING = {'limit', 'marker', 'uuid', 'deleted', 'reservation_id'}


@pytest.fixture(scope='module')
def blind(guarded: Callable[..., Client]) -> Client:
    """nova behind a guard by which nobody sees anything."""
    return guarded(
        {rule.name: '!' for rule in list_rules() if ':show:' in rule.name}
    )


@pytest.fixture(scope='module')
def seeing(guarded: Callable[..., Client]) -> Client:
    """nova behind a guard with the documented defaults."""
    return guarded()


def requested(
    client: Client,
    query: str,
    caller: Person,
    minors: tuple[int, ...] = MINORS,
) -> Iterator[Reply]:
    for minor in minors:
        yield client.send(Request('GET', f'/servers?{query}'), caller, minor)


def order(reply: Reply) -> list[str] | None:
    """Return the ids of the servers in the list, None for a refusal."""
    if reply.status != 200:
        return None
    return [server['id'] for server in reply.json['servers']]


@pytest.fixture(scope='module')
def dated(seeded: Servers) -> None:
    """Servers, each of another hour.

    Those of one second nova sorts by id, or by number if it takes out the
    only sort_key: the order is its own, but not always the same.
    """
    servers.date_apart()


@pytest.fixture(scope='module')
def plain(blind: Client, dated: None) -> list[str] | None:
    """The list as it is without any query."""
    return order(blind.send(Request('GET', '/servers'), ADMIN))


@pytest.mark.parametrize(
    'caller', [ADMIN, MEMBER], ids=lambda caller: caller.name
)
@pytest.mark.parametrize('key', sorted({*KEYS} - CHOOSING))
def test_no_filter_selects_by_a_hidden_attribute(
    blind: Client, plain: list[str], key: str, caller: Person
) -> None:
    lists = [order(reply) for reply in requested(blind, f'{key}=1', caller)]

    assert len(plain) > 1
    assert [found for found in lists if found not in (None, plain)] == []


@pytest.mark.parametrize(
    'caller', [ADMIN, MEMBER], ids=lambda caller: caller.name
)
@pytest.mark.parametrize('key', sorted({*KEYS, ''} - FREE))
def test_a_list_sorted_by_a_hidden_attribute_has_novas_own_order(
    blind: Client, raw: Client, plain: list[str], key: str, caller: Person
) -> None:
    for way in ('asc', 'desc'):
        query = f'sort_key={key}&sort_dir={way}'
        for minor in MINORS:
            request = Request('GET', f'/servers?{query}')
            found = order(blind.send(request, caller, minor))
            # What nova refuses, it still may refuse.
            if found is None:
                found = order(raw.send(request, caller, minor))
                assert found is None
            else:
                assert found == plain


def test_the_order_tells_something_without_the_guard(
    raw: Client, seeded: Servers
) -> None:
    """Without it, the tests of this page would see nothing."""
    ways = {
        str(order(reply))
        for way in ('asc', 'desc')
        for reply in requested(raw, f'{STATE}&sort_dir={way}', ADMIN)
    }

    assert len(ways) == 2


@pytest.mark.parametrize(
    'query',
    [
        'sort_key=vm_state&sort_dir={}',
        'sort_dir={}&sort_key=vm_state',
        'sort_dir={};sort_key=vm_state',
        'sort%5Fkey=vm%5fstate&sort_di%72={}',
        'sort_key=+vm_state%09&sort_dir={}',
        'sort_key=vm_state&sort_key=vm_state&sort_dir={0}&sort_dir={0}',
        'sort_key=&sort_key=vm_state&sort_dir=asc&sort_dir={}',
        'sort_key&sort_key=vm_state&sort_dir=asc&sort_dir={}',
        'sort_key=locked_by&sort_key=vm_state&sort_dir=asc&sort_dir={}',
        'sort_key=deleted_at&sort_key=vm_state&sort_dir=asc&sort_dir={}',
        'sort_key=VM_STATE&sort_dir={}',
        'sort_key=vm_state%00&sort_dir={}',
        'sort_key=vm_state%26&sort_dir={}',
        'sort_key=vm_state,uuid&sort_dir={}',
        '&;&sort_key=vm_state&;sort_dir={}&',
        'sort_key=vm_state&sort_dir=+{}%0a',
        'limit=900&sort_key=vm_state&sort_dir={}&limit=800',
    ],
)
def test_no_spelling_tells_the_order(
    blind: Client, plain: list[str], query: str
) -> None:
    """Both ways are alike, nova's own order or refused."""
    for minor in MINORS:
        ways = [
            order(blind.send(Request('GET', f'/servers?{each}'), ADMIN, minor))
            for each in (query.format('asc'), query.format('desc'))
        ]
        assert ways in ([plain, plain], [None, None])


def test_pages_go_on_in_novas_own_order(
    blind: Client, plain: list[str]
) -> None:
    found: list[str] = []
    path = f'/servers?{STATE}&sort_dir=asc&limit=1'
    while path:
        reply = blind.send(Request('GET', path), ADMIN)
        found += order(reply) or []
        links = reply.json.get('servers_links', [{'href': ''}])
        _, _, rest = links[0]['href'].partition('/servers?')
        path = rest and f'/servers?{rest}'
        assert 'vm_state' not in path

    assert found == plain


def test_novas_own_order_is_the_same_in_the_other_direction(
    blind: Client, plain: list[str]
) -> None:
    for reply in requested(blind, 'sort_key=created_at', ADMIN):
        assert order(reply) == plain
    # That needs no sort key.
    for query in ('sort_key=created_at&sort_dir=asc', 'sort_dir=asc'):
        for reply in requested(blind, query, ADMIN):
            assert sorted(order(reply) or []) == sorted(plain)


@pytest.mark.parametrize('key', ['project_id', 'tenant_id', 'user_id'])
def test_a_filter_by_ones_own_id_lists_ones_own(
    blind: Client, raw: Client, plain: list[str], key: str
) -> None:
    own = {'user_id': f'{MEMBER.name}-id'}.get(key, MEMBER.project)
    for more in ('', '&all_tenants=1'):
        for caller in (ADMIN, MEMBER):
            query = f'{key}={own}{more}'
            ours, novas = (
                [order(reply) for reply in requested(client, query, caller)]
                for client in (blind, raw)
            )
            is_own = key != 'user_id' or caller is MEMBER
            assert ours == (novas if is_own else [None] * len(MINORS))


def test_what_nova_does_not_know_nova_refuses(
    blind: Client, raw: Client, seeded: Servers
) -> None:
    for query in ('nothing=1', 'vcpus=1', 'sort_key=nothing', 'sort_key=name'):
        ours, novas = (
            [
                (reply.status, reply.body if reply.status == 400 else b'')
                for reply in requested(client, query, MEMBER, (2, 74, NEWEST))
            ]
            for client in (blind, raw)
        )
        assert ours == novas
        assert novas[-1][0] == 400


@pytest.mark.parametrize('key', KEYS)
def test_a_caller_who_sees_everything_gets_the_lists_of_nova(
    seeing: Client, raw: Client, seeded: Servers, key: str
) -> None:
    for query in (f'{key}=1', f'sort_key={key}'):
        ours, novas = (
            [
                reply.status
                for reply in requested(client, query, ADMIN, (LEGACY, NEWEST))
            ]
            for client in (seeing, raw)
        )
        assert ours == novas
