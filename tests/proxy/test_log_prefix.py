"""The prefix of a log line is about the request of the line."""

import re

from tests.proxy.client import request, send, update
from tests.proxy.keystone import ADMIN, MEMBER

_REFUSED = re.compile(
    r'\[(?:\S+ )?(?P<id>req-\S+) (?P<user>\S+) .*?\] '
    r'\[(?P<own_id>req-\S+)\] Refused, for user (?P<own_user>\S+) '
)


def test_a_log_line_has_the_request_id_and_the_user(proxy):
    log = proxy.folder / 'guard.log'
    before = len(log.read_text())
    for _ in range(8):
        # Each is answered from what was verified a moment ago, but the first.
        for token in (ADMIN, MEMBER, 'of nobody', MEMBER):
            send(proxy.address, update(token=token, name='a', description='b'))
    lines = log.read_text()[before:].splitlines()
    refused = [line for line in lines if ' Refused, ' in line]
    found = [_REFUSED.search(line) for line in refused]

    assert len(found) == 32
    for line, each in zip(refused, found, strict=True):
        assert each, line
        assert each['id'] == each['own_id']
        assert each['user'] == each['own_user'].replace('None', '-')
    assert len({each['user'] for each in found}) == 3


def test_a_malformed_request_is_not_logged_as_its_predecessor(proxy):
    """It is refused before the request id and the caller are known."""
    log = proxy.folder / 'guard.log'
    before = len(log.read_text())
    for _ in range(40):
        send(proxy.address, update(name='a', description='b'))
        send(proxy.address, request('GET /v2.1/servers/s1/../x'))
    lines = log.read_text()[before:].splitlines()
    refused = [line for line in lines if 'Refused, for user None' in line]
    found = [_REFUSED.search(line) for line in refused]

    assert len(found) == 40
    for line, each in zip(refused, found, strict=True):
        assert each, line
        assert (each['id'], each['user']) == (each['own_id'], '-')
    assert len({each['id'] for each in found}) == 40
