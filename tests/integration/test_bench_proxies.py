"""The proxy's part of the bench, for a moment: what it measures, is not told.

The check that the contenders do the same must be able to fail.
"""

import json
import shutil
import subprocess
from collections import Counter

import pytest

from tests.bench.proxies import (
    agreement,
    callers,
    cloud,
    contenders,
    costs,
    layers,
    mariadb,
    nginx,
    servers,
    wrk,
)
from tests.bench.proxies.contenders import REQUESTS
from tests.cloud import web
from tests.proxy import keystone, memcached

pytestmark = pytest.mark.skipif(
    bool(contenders.missing()), reason=contenders.INSTALL
)


@pytest.fixture(scope='module')
def site():
    with contenders.site() as site:
        yield site


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(costs, '_ROUNDS', 2)
    monkeypatch.setattr(layers, 'ROUNDS', 2)
    monkeypatch.setattr(servers, 'ROUNDS', 2)
    # granian is in the bench's own environment only.
    monkeypatch.delitem(servers.OTHERS, 'granian')
    monkeypatch.setattr(callers, 'ROUNDS', 2)
    monkeypatch.setattr(callers, 'NUMBERS', (5,))


def test_nginx_with_lua_does_what_the_guard_does(site):
    agreement.check(site)


# By what is wrong, a text of a file and another in its place.
WRONG = {
    'an empty list becomes an object': (
        'json.lua',
        "return cjson.decode(replaced(text, '[]', MARK, is_value))",
        'return cjson.decode(text)',
    ),
    'one attribute too few is hidden': (
        'guard.lua',
        'local hidden = {}',
        'local hidden, has_one = {}, function(_, _) return true end',
    ),
    'anybody is known': (
        'guard.lua',
        "self.people[headers['X-Auth-Token']]",
        "self.people['token-of-member']",
    ),
    'roles do not count': (
        'guard.lua',
        'if not (roles and has_one(caller, roles)) then',
        'if not roles then',
    ),
    'any number of fields is let in': (
        'guard.lua',
        'if #fields ~= 1 then',
        'if #fields < 1 then',
    ),
    'nothing is recorded': ('guard.lua', 'self:record(decision)', ''),
    'a member of the record is missing': (
        'guard.lua',
        'decision.sample = 1',
        '',
    ),
}


@pytest.mark.parametrize('wrong', WRONG.values(), ids=WRONG)
def test_check_fails_if_lua_does_anything_else(
    site, wrong, tmp_path, monkeypatch
):
    name, text, instead = wrong
    folder = shutil.copytree(nginx.HERE, tmp_path / 'proxies')
    changed = (folder / name).read_text().replace(text, instead)
    assert changed != (folder / name).read_text()
    (folder / name).write_text(changed)
    monkeypatch.setattr(nginx, 'HERE', folder)

    started = contenders.started(tmp_path / 'lua', nginx.lua, site.direct.port)
    with started as lua, pytest.raises(AssertionError):
        agreement.check(site._replace(lua=lua))


@pytest.mark.parametrize('handling', costs.HANDLINGS)
def test_requests_that_a_core_serves_are_compared(site, handling, short):
    others = costs.with_nginx(site, 0.1)
    guard = site.guards[handling]

    rows = [*costs.served('show', handling, [REQUESTS['show']], guard, others)]

    assert [row.budget for row in rows] == [0.1, None]
    assert all(row.ratio.median > 0 for row in rows)


def test_request_that_is_refused_ends_the_bench(site):
    stranger = REQUESTS['show']._replace(token='a-strangers')

    with pytest.raises(AssertionError, match='requests failed'):
        wrk.send(site.lua.port, stranger, 1)


def test_floor_serves_more_and_haproxy_costs_something(site, short):
    rows = [*layers.rows(site)]

    served = [row.ratio.median for row in rows if row.more]
    assert len(rows) == 9
    assert [row.budget for row in rows if row.budget] == [1.0] * 3
    assert len(served) == 2
    assert all(0 < ratio < 1.5 for ratio in served)
    assert all(row.ratio.median > 0 for row in rows)


def test_each_server_has_its_rows(site, short):
    rows = [*servers.rows(site)]

    assert len({row.name for row in rows}) == len(rows) == 6
    assert all(row.ratio.median > 0 for row in rows)


def test_each_number_of_callers_has_rows_without_and_with_memcached(
    site, short
):
    rows = [*callers.rows(site)]

    assert len({row.name for row in rows}) == len(rows)
    assert len(rows) == (6 if memcached.binary() else 3)
    assert [row.budget for row in rows[:3]] == [None, 1.3, 150]
    assert all(row.ratio.median > 0 for row in rows)


def test_callers_ask_in_turn_and_no_more_than_told(site):
    guard = site.guards[wrk.CLOSE]
    updates = [
        REQUESTS['PUT']._replace(token=token) for token in keystone.tokens(5)
    ]
    before = len(guard.decisions.read_text().splitlines())

    found = wrk.send_in_turn(guard.port, updates, 2, wrk.CLOSE, 3, 12)

    lines = guard.decisions.read_text().splitlines()[before:]
    users = Counter(json.loads(line)['user_id'] for line in lines)
    assert found.requests == 12
    assert users == Counter(f'caller-{place % 5}' for place in range(3, 15))


def test_each_request_is_sent_with_its_own_body(site):
    update = REQUESTS['PUT']
    wrong = update._replace(body='{}')

    with pytest.raises(AssertionError, match='requests failed'):
        wrk.send_in_turn(site.lua.port, [update, wrong], 1)


def test_pages_are_of_all_servers_and_have_a_row_of_memory(site, short):
    names = [
        server['id']
        for request in contenders.PAGES
        for server in web.send(
            'GET', f'http://127.0.0.1:{site.direct.port}{request.path}'
        ).json['servers']
    ]

    rows = [*costs.page_rows(site)]

    assert len({*names}) == len(names) == nginx.SERVERS
    assert ['memory' in row.name for row in rows] == [False, False, True]


def test_times_of_a_real_nova_are_compared_round_by_round():
    nova, twice = (wrk.Found(9, 1.0, each, each * 3) for each in (0.1, 0.2))

    rows = [*cloud._compared('show', [[twice, nova]] * 3)]

    assert [row.ratio.median for row in rows] == [2.0, 2.0]
    assert [row.budget for row in rows] == [1.015, 1.05]


@pytest.mark.skipif(bool(mariadb.missing()), reason=mariadb.INSTALL)
def test_mariadb_has_its_databases_and_ends_with_the_block(tmp_path):
    with mariadb.running(tmp_path / 'db') as server:
        shown = subprocess.run(
            [
                'mariadb', '--no-defaults', '--skip-column-names', '--user',
                'root', '--socket', server.socket, '--execute',
                'SHOW DATABASES',
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()  # fmt: skip

    assert {*mariadb.DATABASES} <= {*shown}
    assert not server.socket.exists()


def test_without_mariadb_there_are_no_rows_of_a_real_nova(monkeypatch, capsys):
    monkeypatch.setattr(mariadb, 'missing', lambda: ['/usr/sbin/mariadbd'])

    assert cloud.rows() == []

    assert capsys.readouterr().err == (
        'No rows with a real nova: no /usr/sbin/mariadbd. MariaDB is not '
        'installed: apt-get install mariadb-server\n'
    )
