"""Files of cases are read strictly: each mistake has its line."""

import pytest

from nova_update_guard.analysis import cases
from nova_update_guard.policy import defaults
from nova_update_guard.policy.mistakes import PolicyError

RULES = [rule.name for rule in defaults.list_rules()]
HEAD = """\
callers:
  ann: {roles: [member]}
servers:
  web: {id: s1, name: web, tenant_id: p1, fault: {code: 1}}
cases:
"""
REQUEST = '{method: GET, path: /servers/s1}'
SHOW = f'- {{name: a, caller: ann, server: web, request: {REQUEST}'
RULE = 'update_guard:server:update:name'


@pytest.fixture
def read(tmp_path):
    def read(text):
        file = tmp_path / 'cases.yaml'
        file.write_text(text)
        return cases.read(file, RULES)

    return read


def test_named_callers_and_servers_are_those_of_the_cases(read):
    (case,) = read(f'{HEAD}{SHOW}, expect: {{allowed: true}}}}\n')

    assert case.identity.creds['roles'] == ['member']
    assert case.identity.project_id == 'p1'
    assert case.server['name'] == 'web'
    assert case.subject.path == '/servers/s1'
    assert str(case.place).endswith('cases.yaml:6')


def test_a_rule_has_a_case_for_each_caller(read):
    found = read(f'{HEAD}- name: a\n  rule: {RULE}\n  expect:\n    ann: yes\n')

    assert [case.name for case in found] == ['a: ann']
    assert found[0].expected == 'yes'
    assert str(found[0].place).endswith(':9')


def test_a_caller_can_be_a_token(read):
    (case,) = read(
        f'cases:\n- name: a\n  rule: {RULE}\n  expect: no\n'
        '  caller: {token: {user: {id: u, name: n, domain: {id: d, name: d}},'
        ' issued_at: "2026-01-01T00:00:00Z", expires_at: '
        '"2026-01-01T00:00:00Z", roles: [{id: "1", name: ops}]}}\n'
    )

    assert case.identity.creds['roles'] == ['ops']


@pytest.mark.parametrize(
    ('text', 'line', 'said'),
    [
        ('# Nothing.\n', '', 'has no cases'),
        ('callers: {}\n', '', 'cases is missing'),
        ('cases: []\n', ':1', 'cases is empty'),
        ('cases:\n- {name: a, name: b}\n', ':2', 'name is already in'),
        ('case: []\n', ':1', "no key 'case' (did you mean 'cases'?)"),
        (f'{HEAD}- {{nam: a}}\n', ':6', "no key 'nam'"),
        (f'{HEAD}- {{name: a}}\n', ':6', 'expect is missing'),
        (f'{HEAD}- {{name: a, expect: yes}}\n', ':6', 'a rule or a request'),
        (f'{HEAD}- {{name: 1, expect: yes}}\n', ':6', 'name is not a string'),
        (
            f'{HEAD}- {{name: no, expect: yes}}\n',
            ':6',
            'name is not a string (YAML reads no, off or false as a boolean',
        ),
        (f'{HEAD}{SHOW}, rule: {RULE}, expect: yes}}\n', ':6', 'either'),
        (f'{HEAD}{SHOW}, expect: {{}}}}\n', ':6', 'either "allowed: true"'),
        (f'{HEAD}{SHOW}, expect: {{allowed: false}}}}\n', ':6', 'write true'),
        (f'{HEAD}{SHOW}, expect: {{refused: 200}}}}\n', ':6', '200 is no st'),
        (f'{HEAD}{SHOW}, expect: {{refused: "403"}}}}\n', ':6', 'not a numb'),
        (f'{HEAD}{SHOW}, expect: {{refused: true}}}}\n', ':6', 'not a numb'),
        (
            f'{HEAD}{SHOW}, expect: {{refused: 403, by: {RULE}e}}}}\n',
            *(':6', f'did you mean {RULE!r}'),
        ),
        (
            f'{HEAD}{SHOW}, expect: {{allowed: true, by: {RULE}}}}}\n',
            *(':6', 'by goes with "refused"'),
        ),
        (
            f'{HEAD}{SHOW}, expect: {{refused: 403, hidden: [name]}}}}\n',
            *(':6', 'hidden goes with "allowed: true"'),
        ),
        (
            f'{HEAD}{SHOW}, expect: {{allowed: true, hidden: []}}}}\n',
            *(':6', 'hidden is empty'),
        ),
        (
            f'{HEAD}{SHOW}, expect:\n    {{allowed: true,\n'
            '    hidden: [statuss]}}\n',
            *(':8', "no attribute 'statuss' (did you mean 'status'?)"),
        ),
        (
            f'{HEAD}{SHOW}, expect: {{allowed: true, shown: [tags]}}}}\n',
            *(':6', 'the server has no tags: nothing would be checked'),
        ),
        (
            f'{HEAD}{SHOW}, expect: {{allowed: true,\n'
            '  shown: [fault.details]}}\n',
            *(':7', 'the server has no fault.details'),
        ),
        (
            f'{HEAD}{SHOW}, expect:\n'
            '  {allowed: true, shown: [name], hidden: [name]}}\n',
            *(':6', 'name is both hidden and shown'),
        ),
        (
            f'{HEAD}- name: a\n  request: {REQUEST}\n  caller: ann\n'
            '  expect: {allowed: true, shown: [name]}\n',
            *(':9', 'shown needs a server'),
        ),
        (
            f'{HEAD}- name: a\n  request: {REQUEST}\n'
            '  expect: {allowed: true}\n',
            *(':6', 'caller is missing'),
        ),
        (
            f'{HEAD}- name: a\n  request: {REQUEST}\n  caller: anne\n'
            '  expect: {allowed: true}\n',
            *(':8', "no caller 'anne' (did you mean 'ann'?)"),
        ),
        (
            f'{HEAD}- name: a\n  rule: {RULE}\n  server: wbe\n'
            '  expect: {ann: yes}\n',
            *(':8', "no server 'wbe'"),
        ),
        (
            f'{HEAD}- name: a\n  rule: {RULE}s\n  expect: {{ann: yes}}\n',
            *(':7', f'did you mean {RULE!r}'),
        ),
        (
            f'{HEAD}- name: a\n  rule: {RULE}\n  expect: {{}}\n',
            *(':8', 'expect is empty'),
        ),
        (
            f'{HEAD}- name: a\n  rule: {RULE}\n  expect: {{ann: maybe}}\n',
            *(':8', 'it takes yes or no, or depends'),
        ),
        (
            f'{HEAD}- name: a\n  rule: {RULE}\n  server: web\n'
            '  expect: {ann: depends}\n',
            *(':9', 'it takes yes or no'),
        ),
        (
            f'{HEAD}- name: a\n  rule: {RULE}\n  expect: {{ann: yes}}\n' * 1
            + f'- name: a\n  rule: {RULE}\n  expect: {{ann: yes}}\n',
            *(':9', "'a' is the name of two cases"),
        ),
        ('callers: {a: {rols: []}}\ncases: [1]\n', ':1', "no key 'rols'"),
        ('callers: {a: {roles: x}}\ncases: [1]\n', ':1', 'roles is not a l'),
        ('callers: {a: {roles: [1]}}\ncases: [1]\n', ':1', 'is not a string'),
        ('callers: {a: {user: b}}\ncases: [1]\n', ':1', 'roles is missing'),
        ('callers: {a: {token: {}}}\ncases: [1]\n', ':1', 'no'),
        ('servers: {a: {x: 1}}\ncases: [1]\n', ':1', 'is no server'),
        (
            'servers:\n  a: {id: s1,\n      lockd: true}\ncases: [1]\n',
            *(':3', "no server has 'lockd' (did you mean 'locked'?)"),
        ),
        (
            'servers:\n  a:\n    server:\n      id: s1\n      Status: X\n'
            'cases: [1]\n',
            *(':5', "no server has 'Status' (did you mean 'status'?)"),
        ),
        (
            f'{HEAD}- name: a\n  rule: {RULE}\n  server: {{id: s1,\n'
            '    usr_id: u}\n  expect: {ann: yes}\n',
            *(':9', "no server has 'usr_id' (did you mean 'user_id'?)"),
        ),
        ('cases: [1]\n', ':1', 'is not a mapping'),
        ('cases: x\n', ':1', 'cases is not a list'),
    ],
)
def test_a_mistake_has_its_line(read, tmp_path, text, line, said):
    with pytest.raises(PolicyError) as caught:
        read(text)

    problem = str(caught.value)
    assert problem.startswith(f'{tmp_path}/cases.yaml{line}: ')
    assert said in problem


@pytest.mark.parametrize(
    ('request_', 'said'),
    [
        ('{method: GET, path: servers}', 'path begins with a slash'),
        ('{method: GET}', 'path is missing'),
        ('{method: GET, path: /, microversion: 2.10}', 'write it in quotes'),
        ('{method: GET, path: /, microversion: "2.x"}', 'write it in quotes'),
        ('{method: GET, path: /, microversion: 0}', 'write it in quotes'),
        ('{method: GET, path: /, headers: {a: 1}}', 'a is not a string'),
        ('{method: GET, path: /, url: /}', "no key 'url'"),
        ('[]', 'request is not a mapping'),
    ],
)
def test_a_bad_request_has_its_line(read, request_, said):
    with pytest.raises(PolicyError) as caught:
        read(
            f'{HEAD}- name: a\n  caller: ann\n  expect: {{allowed: true}}\n'
            f'  request: {request_}\n'
        )

    assert ':9: ' in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    'path',
    [
        '/servers/s2',
        '/v2.1/servers/s2?a=/servers/s1',
        '/v2.1/p1/servers/s2/action',
        '/v2.1/servers/s%32',
        '/v2.1/os-volumes_boot/S1',
    ],
)
def test_a_path_to_another_server_is_a_mistake(read, path):
    with pytest.raises(PolicyError) as caught:
        read(
            f'{HEAD}- name: a\n  caller: ann\n  server: web\n'
            '  expect: {allowed: true}\n  request:\n    method: GET\n'
            f'    path: {path}\n'
        )

    problem = str(caught.value)
    assert ':12: ' in problem
    assert "and the id in server is 's1'" in problem


@pytest.mark.parametrize(
    ('server', 'path'),
    [
        ('web', '/servers/s1'),
        ('web', '/servers/s%31/tags?a=b'),
        ('web', '/v2.1/servers/detail'),
        ('web', '/servers'),
        ('web', '/flavors/s2'),
        ('{name: web, vendor: 1}', '/servers/s2'),
    ],
)
def test_a_path_to_the_server_of_the_case_is_taken(read, server, path):
    (case,) = read(
        f'{HEAD}- name: a\n  caller: ann\n  server: {server}\n'
        f'  expect: {{allowed: true}}\n'
        f'  request: {{method: GET, path: "{path}"}}\n'
    )

    assert case.subject.path == path


def test_an_attribute_of_an_operator_s_own_rule_is_no_misspelling(tmp_path):
    file = tmp_path / 'cases.yaml'
    own = 'update_guard:server:show:statuss'
    file.write_text(
        'servers: {web: {id: s1, statuss: x}}\n'
        f'cases: [{{name: a, rule: {RULE}, caller: {{roles: [a]}},\n'
        '  server: web, expect: yes}]\n'
    )

    assert cases.read(file, [*RULES, own])
    with pytest.raises(PolicyError, match='statuss'):
        cases.read(file, RULES)
