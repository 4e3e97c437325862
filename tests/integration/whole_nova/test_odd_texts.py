"""Texts of a tenant's that no JSON library reads in nova's response.

Half a surrogate pair goes into a scheduler hint: nova keeps those as JSON,
and JSON's escapes let it in.
"""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.whole_nova.client import (
    ADMIN,
    MEMBER,
    NEWEST,
    Client,
    Person,
    Request,
)
from tests.whole_nova.documents import servers_in, values, without
from tests.whole_nova.requests import create

HINTS = {'a': '\ud800', '\udfff\ud83d': ['x', '\udc00\ud800']}
VISIBLE = {**HINTS, 'a': ['\ud800']}
NAMES_IT = "not 'x':%(server.scheduler_hints.a)s"


@pytest.fixture(scope='module')
def odd(raw: Client) -> Iterator[str]:
    """A server of the member's, until the end of the module."""
    request = create(NEWEST, name='secret')
    request.body['OS-SCH-HNT:scheduler_hints'] = HINTS
    reply = raw.send(request)
    assert reply.status == 202, reply
    server_id: str = reply.json['server']['id']
    yield server_id
    raw.send(Request('DELETE', f'/servers/{server_id}'))


@pytest.mark.parametrize(
    'caller', [MEMBER, ADMIN], ids=lambda caller: caller.name
)
@pytest.mark.parametrize('path', ['/servers/detail', '/servers/{}'])
def test_one_odd_server_hides_no_list(
    guarded: Callable[..., Client], odd: str, path: str, caller: Person
) -> None:
    client = guarded(
        {
            'update_guard:server:show:name': '!',
            'update_guard:server:show:hostId': NAMES_IT,
        }
    )

    reply = client.send(Request('GET', path.format(odd)), caller)

    assert reply.status == 200
    assert reply.nova
    was, now = json.loads(reply.nova[2]), reply.json
    assert 'secret' in values('name', was)
    assert {*values('name', now)} == {''}
    assert without('name', was) == without('name', now)
    (server,) = (one for one in servers_in(now) if one['id'] == odd)
    assert server['scheduler_hints'] == VISIBLE
    assert b'"\\ud800"' in reply.body


def test_an_odd_server_is_renamed_by_a_rule_that_names_it(
    guarded: Callable[..., Client], odd: str
) -> None:
    client = guarded({'update_guard:server:update:name': NAMES_IT})
    update = Request('PUT', f'/servers/{odd}', {'server': {'name': 'secret'}})

    reply = client.send(update)

    assert reply.status == 200
    assert reply.json['server']['scheduler_hints'] == VISIBLE
