"""``policy test`` runs the cases in files, for people and for CI."""

import json
from xml.etree import ElementTree

import pytest

from nova_update_guard.policy import defaults
from tests.cmd.running import run

NAME = 'update_guard:server:update:name'
HOST = 'OS-EXT-SRV-ATTR:host'
CASES = f"""\
callers:
  reader: {{roles: [reader]}}
  member: {{roles: [member, reader]}}
servers:
  web: {{id: s1, name: web, tenant_id: p1, {HOST}: host-1, fault: {{code: 1}}}}
cases:
- name: a reader cannot rename
  caller: reader
  server: web
  request: &put
    method: PUT
    path: /v2.1/servers/s1
    body: {{server: {{name: new}}}}
  expect: {{refused: 403, by: {NAME}}}
- name: a member can
  caller: member
  server: web
  request:
    method: PUT
    path: /v2.1/servers/s1
    microversion: "2.96"
    body: {{server: {{name: new}}}}
  expect: {{allowed: true, hidden: ["{HOST}"], shown: [name]}}
- name: who renames
  rule: {NAME}
  expect: {{reader: no, member: yes}}
""".replace('&put', '')


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'policy.yaml').write_text('# The defaults.\n')
    (tmp_path / 'guard.conf').write_text(
        f'[update_guard]\npolicy_file = {tmp_path}/policy.yaml\n'
    )
    (tmp_path / 'cases.yaml').write_text(CASES)
    return tmp_path


@pytest.fixture
def check(folder):
    def check(*arguments):
        config = folder / 'guard.conf'
        return run('policy', 'test', '--config-file', config, *arguments)

    return check


def test_cases_that_pass_are_counted(check, folder):
    done = check(folder / 'cases.yaml')

    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b'')
    assert lines[0] == '4 cases: 4 passed, 0 failed'
    # No case can ask for a create.
    rules = [rule.name for rule in defaults.list_rules()]
    number = len([rule for rule in rules if ':create:' not in rule])
    assert lines[1] == f'6 of {number} rules are asked; -v names the others'


def test_verbose_names_each_case_and_the_rules_that_no_case_asks(
    check, folder
):
    done = check('-v', folder / 'cases.yaml')

    lines = done.stdout.decode().splitlines()
    assert f'passed  {folder}/cases.yaml:7: a reader cannot rename' in lines
    assert f'passed  {folder}/cases.yaml:26: who renames: reader' in lines
    assert 'not asked  update_guard:server:update:description' in lines
    assert f'not asked  {NAME}' not in lines
    # It denies a change, and no response has it.
    assert 'not asked  update_guard:server:show:locked' in lines


@pytest.mark.parametrize(
    ('policy', 'expected', 'got'),
    [
        (
            f'{NAME}: role:reader',
            f'refused with 403 by {NAME}',
            'allowed',
        ),
        (f'{NAME}: "!"', 'yes', 'no'),
        (
            f'{NAME}: "!"',
            f'allowed, {HOST} hidden, name shown',
            f'refused with 403 by {NAME}',
        ),
        (
            f'update_guard:server:show:{HOST}: "@"',
            f'allowed, {HOST} hidden, name shown',
            f'allowed, {HOST} shown, name shown',
        ),
        (
            'update_guard:server:show:name: "!"',
            f'allowed, {HOST} hidden, name shown',
            f'allowed, {HOST} hidden, name hidden',
        ),
    ],
)
def test_a_failed_case_is_explained(check, folder, policy, expected, got):
    (folder / 'policy.yaml').write_text(f'{policy}\n')
    done = check(folder / 'cases.yaml')

    text = done.stdout.decode()
    assert done.returncode == 1
    assert done.stderr == b''
    assert f'  expected  {expected}\n  got       {got}\n' in text
    assert 'failed  ' in text
    assert '    caller     user_id' in text


@pytest.mark.parametrize(
    ('expect', 'got'),
    [
        ('refused: 400', f'refused with 403 by {NAME}'),
        ('refused: 403, by: one_parameter', f'refused with 403 by {NAME}'),
    ],
)
def test_a_refusal_must_be_the_expected_one(check, folder, expect, got):
    text = CASES.replace(f'refused: 403, by: {NAME}', expect)
    (folder / 'cases.yaml').write_text(text)
    done = check(folder / 'cases.yaml')

    assert done.returncode == 1
    assert got.partition(' by ')[0] in done.stdout.decode()


@pytest.mark.parametrize('by', ['field_policy', NAME])
def test_a_refusal_can_be_by_a_layer_or_by_a_rule(check, folder, by):
    (folder / 'cases.yaml').write_text(
        CASES.replace(f'by: {NAME}', f'by: {by}')
    )

    assert check(folder / 'cases.yaml').returncode == 0


def test_a_case_that_lacks_what_it_depends_on_fails(check, folder):
    (folder / 'policy.yaml').write_text(
        f'{NAME}: "project_id:%(project_id)s"\n'
    )
    text = CASES.replace('  server: web\n', '', 1)
    (folder / 'cases.yaml').write_text(text)
    done = check(folder / 'cases.yaml')

    assert done.returncode == 1
    assert 'got       depends on the server' in done.stdout.decode()


def test_a_request_that_the_guard_does_not_check_fails(check, folder):
    text = CASES.replace('/v2.1/servers/s1', '/v2.1/flavors')
    (folder / 'cases.yaml').write_text(text)
    done = check(folder / 'cases.yaml')

    assert done.returncode == 1
    assert 'got       not guarded' in done.stdout.decode()


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('cases:\n- nam: x\n', "cases.yaml:2: there is no key 'nam'"),
        ('', 'cases.yaml: has no cases'),
        ('cases: [\n', 'cases.yaml:2: '),
        ('cases: &a []\nb: *a\n', 'cases.yaml:2: aliases'),
    ],
)
def test_a_broken_file_is_an_error(check, folder, text, said):
    (folder / 'cases.yaml').write_text(text)
    done = check(folder / 'cases.yaml')

    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stdout == b''


def test_a_broken_file_beside_a_failed_case_is_an_error(check, folder):
    (folder / 'policy.yaml').write_text(f'{NAME}: "!"\n')
    (folder / 'broken.yaml').write_text('x: 1\n')

    done = check(folder / 'cases.yaml', folder / 'broken.yaml')
    assert done.returncode == 2


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        ((), 'name a file of cases; --init writes one'),
        (('none.yaml',), 'none.yaml: No such file'),
        (('--init', 'a.yaml', 'b.yaml'), '--init writes one file, not 2'),
    ],
)
def test_a_bad_argument_is_named(check, arguments, said):
    done = check(*arguments)

    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_junit_xml_has_each_case(check, folder):
    (folder / 'policy.yaml').write_text(f'{NAME}: "!"\n')
    odd = CASES.replace('a member can', r'"odd <&> \x1b\uffff]]> name"')
    (folder / 'cases.yaml').write_text(odd)
    report = folder / 'report.xml'
    done = check(folder / 'cases.yaml', '--junit-xml', report)

    assert done.returncode == 1
    suite = ElementTree.parse(report).getroot().find('testsuite')
    assert (suite.get('tests'), suite.get('failures')) == ('4', '2')
    names = [case.get('name') for case in suite.iter('testcase')]
    assert 'odd <&> \ufffd\ufffd]]> name' in names
    failed = [case for case in suite if case.find('failure') is not None]
    assert 'expected yes, got no' in [
        case.find('failure').get('message') for case in failed
    ]
    assert 'cases.yaml:' in failed[0].find('failure').text


def test_a_junit_file_that_cannot_be_written_is_an_error(check, folder):
    done = check(folder / 'cases.yaml', '--junit-xml', folder / 'no' / 'x')

    assert done.returncode == 2
    assert 'No such file' in done.stderr.decode()


POLICIES = [
    '# The defaults.\n',
    f'{NAME}: "role:ops or is_admin_project:False or service_roles:x"\n',
    'update_guard:server:show:name: "system_scope:all or role:a,b"\n',
    f'{NAME}: "https://127.0.0.1:1/x"\n',
    f'{NAME}: "user_id:u1 or roles:x or domain_id:%(server.nothing)s"\n',
    f'{NAME}: "project_id:p9 and project_id:%(project_id)s"\n',
]


@pytest.mark.parametrize('policy', POLICIES)
@pytest.mark.parametrize('mode', ['enforce', 'audit', 'off'])
def test_a_starter_file_passes_at_once(check, folder, policy, mode):
    (folder / 'policy.yaml').write_text(policy)
    with (folder / 'guard.conf').open('a') as file:
        file.write(f'field_policy = {mode}\nresponse_redaction = {mode}\n')
    new = folder / 'new.yaml'
    written = check('--init', new)
    assert (written.returncode, written.stderr) == (0, b'')

    done = check('-v', new)
    assert done.returncode == 0, done.stdout.decode()
    assert b' 0 failed' in done.stdout


def test_a_starter_file_asks_every_rule(check, folder):
    check('--init', folder / 'new.yaml')
    done = check('-v', folder / 'new.yaml')

    missing = [
        line.split()[-1]
        for line in done.stdout.decode().splitlines()
        if line.startswith('not asked')
    ]
    assert missing == []


def test_a_starter_file_fails_once_the_policy_changes(check, folder):
    check('--init', folder / 'new.yaml')
    (folder / 'policy.yaml').write_text(
        f'update_guard:server:show:{HOST}: role:reader\n'
    )

    assert check(folder / 'new.yaml').returncode == 1


def test_a_starter_file_is_never_written_over_another(check, folder):
    done = check('--init', folder / 'cases.yaml')

    assert done.returncode == 2
    assert 'exists: it is not overwritten' in done.stderr.decode()
    assert (folder / 'cases.yaml').read_text() == CASES


def test_cases_can_be_json(check, folder):
    case = {
        'name': 'a',
        'rule': NAME,
        'caller': {'roles': ['reader']},
        'expect': False,
    }
    (folder / 'cases.yaml').write_text(json.dumps({'cases': [case]}))

    assert check(folder / 'cases.yaml').returncode == 0
