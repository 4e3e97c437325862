"""One row is enough: all else about a field or an attribute follows from it.

nova has no such microversion. Everything is seen from outside: the filter in
front of the stand-in of nova, and the tools of oslo.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import webtest

from nova_update_guard.compute_api.microversions import MAX
from tests import added_rows, standin
from tests.standin import ADMIN, MEMBER
from tests.updates import message, put

INVENTED = MAX._replace(minor=MAX.minor + 1)
V = f'V({INVENTED.major}, {INVENTED.minor})'
FIELDS = 'compute_api/update_fields.py', 'FIELDS'
ATTRIBUTES = 'compute_api/server_attributes.py', 'SERVER_ATTRIBUTES'
MADE_UP = f"Field('made_up_by_a_test', {V}, schemas.NAME, (UPDATE, REBUILD)),"
ROWS = {
    FIELDS: MADE_UP,
    ATTRIBUTES: (
        f"Attribute('made_up_by_a_test', {V}, ANYONE, ''),\n"
        f"    Attribute('mood', {V}, ADMIN, DROP),"
    ),
}
UPDATE = 'update_guard:server:update:made_up_by_a_test'
SHOW = 'update_guard:server:show:'
SERVER = standin.SERVER | {'made_up_by_a_test': 'vicky', 'mood': 'good'}
NAMED = {'server': {'made_up_by_a_test': 'vicky'}}


def header(version):
    return {'OpenStack_API_Version': f'compute {version}'}


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A folder with a copy of the package that has the rows."""
    return added_rows.copied(tmp_path_factory.mktemp('copy'), ROWS)


@pytest.fixture
def _imported(folder):
    with added_rows.imported(folder):
        yield


@pytest.fixture
def invented(nova, tmp_path, _imported):
    """Return a factory that puts the copied guard in front of *nova*."""
    nova.respond({'server': SERVER}, **header(INVENTED))
    return front(nova, tmp_path)


def front(nova, tmp_path):
    def front(policy='# The defaults.\n', **options):
        file = tmp_path / 'update-guard-policy.yaml'
        file.write_text(policy)
        factory = added_rows.module('deploy.filters').update_guard
        guard = factory({}, policy_file=str(file), **options)
        return webtest.TestApp(guard(nova), lint=True)

    return front


def change(guard, update, status, version=INVENTED, environ=MEMBER):
    body = {'server': update}
    return put(guard, body, environ, status, **header(version))


def rebuild(guard, status, version=INVENTED, made_up_by_a_test='vicky'):
    return put(
        guard,
        {'rebuild': {'imageRef': 'i', 'made_up_by_a_test': made_up_by_a_test}},
        MEMBER,
        status,
        path='/servers/s1/action',
        method='POST',
        **header(version),
    )


def visible(guard, environ=MEMBER):
    return guard.get('/servers/s1', extra_environ=environ).json['server']


@pytest.mark.usefixtures('_imported')
def test_the_newest_microversion_is_that_of_the_row():
    assert added_rows.module('compute_api.microversions').MAX == INVENTED


def test_a_microversion_that_changes_nothing_needs_no_row(tmp_path):
    folder = added_rows.copied(tmp_path, {})
    file = folder / added_rows.PACKAGE / 'compute_api/microversions.py'
    checked = r'(?m)^(CHECKED_UP_TO = Version\(2, )\d+\)$'
    text, number = re.subn(checked, r'\g<1>900)', file.read_text())
    file.write_text(text)

    assert number == 1
    with added_rows.imported(folder):
        newest = added_rows.module('compute_api.microversions').MAX
    assert newest == INVENTED._replace(minor=900)


def test_the_sample_policy_has_the_rules(folder):
    tool = Path(sys.executable).with_name('oslopolicy-sample-generator')
    sample = subprocess.run(
        [tool, '--namespace', added_rows.PACKAGE],
        env={**os.environ, 'PYTHONPATH': str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert f'#"{UPDATE}": "rule:context_is_admin or role:member"' in sample
    assert f'#"{SHOW}made_up_by_a_test": "@"' in sample
    assert f'#"{SHOW}mood": "rule:context_is_admin"' in sample
    (rule,) = (part for part in sample.split('\n\n') if UPDATE in part)
    assert '/servers/{server_id}/action (rebuild)' in rule


def test_an_update_may_hold_the_field_from_that_version_on(invented, nova):
    guard = invented()

    change(guard, {'made_up_by_a_test': 'vicky'}, 200)
    change(guard, {'made_up_by_a_test': 'vicky'}, 200, 'latest')
    assert len(nova.requests) == 2
    refused = change(guard, {'made_up_by_a_test': 'vicky'}, 400, MAX)
    assert "('made_up_by_a_test' was unexpected)" in message(refused)
    assert len(nova.requests) == 2


def test_its_value_is_held_against_its_schema(invented):
    assert 'made_up_by_a_test' in message(
        change(invented(), {'made_up_by_a_test': 'a' * 256}, 400)
    )


def test_its_rule_decides_who_may_change_it(invented):
    guard = invented(f'{UPDATE}: role:admin\n')

    assert UPDATE in message(
        change(guard, {'made_up_by_a_test': 'vicky'}, 403)
    )
    change(guard, {'made_up_by_a_test': 'vicky'}, 200, environ=ADMIN)


def test_an_action_of_the_row_sets_it(invented):
    guard = invented(f'{UPDATE}: role:admin\n')

    assert UPDATE in message(rebuild(guard, 403))
    assert 'made_up_by_a_test' in message(
        rebuild(guard, 400, made_up_by_a_test='a' * 256)
    )
    rebuild(guard, 200, MAX)


def test_constraints_can_name_it(invented, tmp_path):
    file = tmp_path / 'constraints.yaml'
    file.write_text(
        'made_up_by_a_test: [{schema: {pattern: "^v"}, message: Not so.}]'
    )
    guard = invented(constraints_file=str(file))

    change(guard, {'made_up_by_a_test': 'vicky'}, 200)
    assert (
        message(change(guard, {'made_up_by_a_test': 'nicky'}, 400))
        == 'Not so.'
    )


def test_it_counts_only_if_it_differs_from_what_nova_shows(invented, nova):
    guard = invented(counted_fields='changed')

    change(guard, {'made_up_by_a_test': 'vicky', 'name': 'new'}, 200)
    assert json.loads(nova.requests[-1][2]) == {'server': {'name': 'new'}}
    change(guard, {'made_up_by_a_test': 'nicky', 'name': 'new'}, 400)


def test_options_can_name_it(invented, tmp_path):
    log = tmp_path / 'log'
    guard = invented(
        allowed_field_sets='made_up_by_a_test+name',
        decision_plaintext_fields='made_up_by_a_test',
        decision_log=str(log),
    )

    change(guard, {'made_up_by_a_test': 'vicky', 'name': 'new'}, 200)
    record = json.loads(log.read_text())
    assert record['fields'] == ['made_up_by_a_test', 'name']
    assert record['changes']['made_up_by_a_test']['new'] == 'vicky'


def test_the_rule_of_an_attribute_decides_who_sees_it(invented):
    assert visible(invented()).keys() & {'made_up_by_a_test', 'mood'} == {
        'made_up_by_a_test'
    }
    assert visible(invented(), ADMIN)['mood'] == 'good'
    hidden = visible(
        invented(f'{SHOW}made_up_by_a_test: "!"\n{SHOW}mood: "@"\n')
    )
    assert hidden['made_up_by_a_test'] == ''
    assert hidden['mood'] == 'good'


def test_before_its_version_an_attribute_is_one_that_the_guard_does_not_know(
    invented, nova
):
    nova.respond({'server': SERVER}, **header(MAX))

    assert not visible(invented()).keys() & {'made_up_by_a_test', 'mood'}
    assert (
        visible(invented(f'{SHOW}unlisted: "@"'))['made_up_by_a_test']
        == 'vicky'
    )


def test_a_field_that_no_attribute_shows_is_one_row_too(nova, tmp_path):
    # nova could show it under a name that the guard has no row of.
    nova.respond({'server': SERVER}, **header(INVENTED))
    two = {'made_up_by_a_test': 'vicky', 'name': 'new'}

    folder = added_rows.copied(tmp_path, {FIELDS: MADE_UP})
    with added_rows.imported(folder):
        guard = front(nova, tmp_path)(counted_fields='changed')
        change(guard, two, 400)
        change(guard, two, 200, environ=ADMIN)
