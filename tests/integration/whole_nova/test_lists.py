"""No filter and no sort key of a list reveals a hidden attribute."""

from collections.abc import Callable, Iterator

import pytest
from nova.db.main import models
from sqlalchemy import inspect

from nova_update_guard.layers.list_query import RULES, UNRESTRICTED
from nova_update_guard.policy.defaults import list_rules
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
def plain(blind: Client, seeded: Servers) -> list[str] | None:
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


@pytest.mark.parametrize('key', sorted({*KEYS} - {'uuid'}))
def test_no_sort_key_sorts_by_a_hidden_attribute(
    blind: Client, key: str
) -> None:
    queries = [f'sort_key={key}&sort_dir={way}' for way in ('asc', 'desc')]
    ways = [
        [order(reply) for reply in requested(blind, query, ADMIN)]
        for query in queries
    ]

    assert ways[0] == ways[1]


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
