"""The report reads the records that the guard writes."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from nova_update_guard.layers.modes import LAYERS
from tests.standin import MEMBER, READER, SERVER
from tests.updates import put

COMMAND = Path(sys.executable).with_name('nova-update-guard')
AUDIT = dict.fromkeys(LAYERS, 'audit')
HOSTILE = '{"time": "x"} \x1b[31m\u202e"><script>'
UPDATE = 'update_guard:server:update:'
SHOW = 'update_guard:server:show:'


@pytest.fixture
def reported(tmp_path):
    """Return a function that returns the report about a file."""

    def reported(log):
        every = tmp_path / 'every'
        done = subprocess.run(
            [COMMAND, 'report', '-f', 'json', '--json', every, log],
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout), json.loads(every.read_text())

    return reported


def requested(guard, nova):
    """Have a guard judge one request of each kind."""
    put(guard, {'server': {'name': 'new'}})
    put(guard, {'server': {'name': 'new', 'description': 'd'}}, status='*')
    put(guard, {'server': {'name': 'new'}}, READER, '*', User_Agent=HOSTILE)
    put(guard, {'server': {'x' * 300: 'new'}}, status='*')
    put(guard, b'[', status='*')
    nova.respond({'servers': [SERVER, {**SERVER, 'of a vendor': 1}]})
    guard.get('/servers/detail', extra_environ=MEMBER)
    guard.get(
        '/servers?host=a&sort_key=node', extra_environ=MEMBER, status='*'
    )


@pytest.mark.parametrize('modes', [{}, AUDIT], ids=['enforce', 'audit'])
def test_no_record_of_the_guards_is_damaged(
    guarded, nova, reported, modes, tmp_path
):
    log = tmp_path / 'decisions'
    guard = guarded(
        decision_log=str(log),
        decision_sample='1',
        decision_sample_reads='0.5',
        **modes,
    )
    for _ in range(10):
        nova.respond({'server': SERVER})
        requested(guard, nova)

    _, every = reported(log)

    lines = log.read_text().splitlines()
    assert every['lines']['records'] == len(lines) >= 60
    assert every['lines']['damaged'] == every['lines']['other'] == 0
    would = 'would_be_' if modes else ''
    assert every['totals'][f'{would}refused'] == 50


def test_rows_have_the_decisions_of_the_guard(
    guarded, nova, reported, tmp_path
):
    log = tmp_path / 'decisions'
    options = {'decision_log': str(log), 'decision_sample_reads': '1'}
    guard = guarded(**options, **{**AUDIT, 'response_redaction': 'enforce'})
    nova.respond({'server': {**SERVER, 'of a vendor': 1}})
    update = {'server': {'name': 'new', 'hostname': 'web1'}}
    version = 'compute 2.90'
    put(guard, update, READER, 200, OpenStack_API_Version=version)

    rows, every = reported(log)

    kinds = ('refused', 'would_be_refused', 'redacted', 'would_be_redacted')
    found = {
        (row['field'], row['rule']): [row[kind] for kind in kinds]
        for row in rows
    }
    assert found == {
        ('name', '2 parameters'): [0, 1, 0, 0],
        ('hostname', '2 parameters'): [0, 1, 0, 0],
        ('name', f'{UPDATE}name'): [0, 1, 0, 0],
        ('hostname', f'{UPDATE}hostname'): [0, 1, 0, 0],
        ('OS-EXT-SRV-ATTR:host', f'{SHOW}OS-EXT-SRV-ATTR:host'): [0, 0, 1, 0],
        ('of a vendor', f'{SHOW}unlisted'): [0, 0, 1, 0],
    }
    assert every['totals']['requests'] == 1


def test_records_of_the_log_are_found_in_it(guarded, nova, reported, tmp_path):
    log = tmp_path / 'nova-api.log'
    handler = logging.FileHandler(log)
    handler.setFormatter(
        logging.Formatter('%(asctime)s 7 %(levelname)s %(name)s %(message)s')
    )
    logger = logging.getLogger('nova_update_guard')
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        requested(guarded(), nova)
        logger.info('Something else')
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()

    _, every = reported(log)

    assert every['lines']['records'] == 6
    assert every['lines']['damaged'] == 0
    assert every['lines']['other'] >= 1
