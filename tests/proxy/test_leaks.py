"""Thousands of faults leave nothing behind."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

from tests.proxy import faults, processes, rules
from tests.proxy.client import connected, request, send, update
from tests.proxy.keystone import ADMIN

ROUNDS = 2000
CLIENTS = 8
SCRIPTS = [
    *faults.BREAKS_OFF.values(),
    *(says for name, says in faults.IS_NO_HTTP.items() if '1 MB' not in name),
    *faults.IS_NO_SERVER.values(),
    *faults.IS_WHOLE.values(),
]
REQUESTED = (
    *(request(), update(), request(token=ADMIN)),
    request('GET /v2.1/flavors'),
    request('POST /v2.1/servers/s1/action', body=b'{"reboot": {}}'),
)


def one_fault(connection):
    random.choice(SCRIPTS)(connection)


def test_thousands_of_faults_leave_no_connection_open(proxy, nova):
    def one_round(_):
        if random.random() < 0.05:
            # A client that goes away at once.
            with connected(proxy.address) as one:
                one.send(random.choice(REQUESTED))
            return 200
        return send(proxy.address, random.choice(REQUESTED)).status

    before = sum(processes.open_files(proxy.pid).values())
    nova.script(one_fault)
    with ThreadPoolExecutor(CLIENTS) as clients:
        statuses = {*clients.map(one_round, range(ROUNDS))}
    nova.respond_with()

    # A stand-in that is slow on a busy machine is silent for the proxy.
    assert statuses <= {200, 204, 502, 504}
    assert rules.serves(proxy.address)
    # As many as are busy at once may be kept, and no more.
    most = before + 3 * (CLIENTS + 16)
    assert _falls_to(most, proxy.pid)
    again = sum(processes.open_files(proxy.pid).values())
    with ThreadPoolExecutor(CLIENTS) as clients:
        nova.script(one_fault)
        [*clients.map(one_round, range(ROUNDS // 4))]
    nova.respond_with()
    assert _falls_to(again + 16, proxy.pid)


def _falls_to(most, pid):
    deadline = time.monotonic() + 10
    while sum(processes.open_files(pid).values()) > most:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
