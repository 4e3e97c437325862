"""``nova-update-guard check`` validates rules before they are in force."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nova_update_guard.conf.loader import MARK, OptionError
from nova_update_guard.deploy.filters import update_guard
from nova_update_guard.policy import defaults
from nova_update_guard.policy.mistakes import PolicyError
from tests.cmd.running import run

COMMAND = Path(sys.executable).with_name('nova-update-guard')
NAME = 'update_guard:server:update:name'


def check(*arguments, cwd):
    return subprocess.run(
        [COMMAND, 'check', *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def conf(tmp_path):
    """A configuration with valid policy and constraints."""
    (tmp_path / 'policy.yaml').write_text(f'{NAME}: role:member\n')
    (tmp_path / 'held.yaml').write_text(
        'name: [{schema: {maxLength: 9}, message: too long}]\n'
    )
    file = tmp_path / 'guard.conf'
    file.write_text(
        '[update_guard]\n'
        f'policy_file = {tmp_path}/policy.yaml\n'
        f'constraints_file = {tmp_path}/held.yaml\n'
    )
    return file


def test_a_valid_configuration_is_named_with_its_revision(conf):
    done = check('--config-file', conf, cwd=conf.parent)
    *files, revision, clients = done.stdout.splitlines()

    assert (done.returncode, done.stderr) == (0, '')
    assert files == [
        f'{conf.parent}/policy.yaml',
        f'{conf.parent}/held.yaml',
    ]
    assert revision.startswith('revision ')
    assert clients.startswith('one_parameter refuses known clients: ')


@pytest.mark.parametrize(
    ('mode', 'said'),
    [
        ('enforce', 'one_parameter refuses known clients: openstack server '),
        ('audit', 'one_parameter would refuse known clients: openstack '),
        ('off', None),
    ],
)
def test_clients_that_a_configuration_refuses_are_told_and_no_finding(
    conf, mode, said
):
    """They may well be meant; a pipeline must not fail by them."""
    conf.write_text(f'{conf.read_text()}one_parameter = {mode}\n')

    done = check('--config-file', conf, cwd=conf.parent)
    told = [
        line for line in done.stdout.splitlines() if 'known clients' in line
    ]

    assert (done.returncode, done.stderr) == (0, '')
    assert len(told) == bool(said)
    assert all(line.startswith(said) for line in told)


def test_without_a_configuration_no_clients_are_told(conf):
    done = check('--policy-file', conf.parent / 'policy.yaml', cwd='/')

    assert done.returncode == 0
    assert 'known clients' not in done.stdout


def test_that_no_policy_file_was_found_is_said(tmp_path):
    file = tmp_path / 'guard.conf'
    file.write_text('[update_guard]\n')

    done = check('--config-file', file, cwd=tmp_path)
    said, revision, _ = done.stdout.splitlines()

    assert said.startswith('no policy file was found')
    assert revision.startswith('revision ')


def test_an_exemption_that_holds_at_every_create_is_a_warning(conf):
    file = conf.parent / 'held.yaml'
    file.write_text(
        '\nname:\n- schema: {maxLength: 9}\n  message: m\n'
        '  unless: project_id:%(project_id)s\n'
    )
    done = check('--config-file', conf, cwd=conf.parent)

    said = f'{file}:5: update_guard_constraint:name:1: unless: project_id:'
    assert said in done.stdout + done.stderr
    assert 'true at every create' in done.stdout + done.stderr


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('[proxy]\nnova_endpoint = x\n', "(did you mean 'nova_endpoints'?)"),
        ('[proxy]\nread_timeout = soon\n', 'read_timeout'),
        (
            '[update_guard_metrics]\ndirectroy = /x\n',
            "(did you mean 'directory'?)",
        ),
    ],
)
def test_a_mistake_in_another_group_of_the_guard_is_an_error(conf, text, said):
    conf.write_text(conf.read_text() + text)

    done = check('--config-file', conf, cwd=conf.parent)

    assert done.returncode == 2, done.stdout
    assert said in done.stderr


@pytest.mark.parametrize(
    ('option', 'text', 'said'),
    [
        ('--policy-file', '\nupdate_guard:x: "!"\n', ':2: '),
        ('--policy-file', f'{NAME}: rule:nope\n', 'nope'),
        ('--policy-file', f'{NAME}: "role:a and"\n', ':1: '),
        ('--constraints-file', 'name: [{schema: {patern: a}}]\n', ':1: '),
        (
            '--constraints-file',
            '\nname: [{schema: {patern: a}, message: b}]\n',
            ":2: name, constraint 1: schema: JSON Schema has no 'patern'",
        ),
        *(
            (
                '--constraints-file',
                '# Of names.\nname:\n- message: a\n  schema:\n'
                f'    maxLength: 9\n    {wrong}\n',
                f':6: name, constraint 1: schema: {said}',
            )
            for wrong, said in (
                ("pattern: '^(?!admin)'", "the pattern '^(?!admin)' looks"),
                ('format: ipv44', "no value is checked for the format 'ipv44"),
                ('patern: a', "JSON Schema has no 'patern' (did you mean 'p"),
                ('type: sting', "'sting' is not valid"),
            )
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(conf, option, text, said):
    new = conf.with_name('new.yaml')
    new.write_text(text)

    done = check('--config-file', conf, option, new, cwd=conf.parent)

    assert done.returncode == 2
    assert done.stdout == ''
    assert f'{new}' in done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


MANY = """
update_guard:server:show:nme: "@"
a: role:x
a: role:y
update_guard:server:update:name: role:member role:nothing
update_guard:server:update:description: rule:adm or rule:context_is_adminn
b: rule:c or role:"x
c: 5
d: rule:e
e: rule:d
"""
MANY_HELD = """
name:
- schema: {maxLength: 9}
  message: a
- schema: {patern: a}
  message: b
- schema: {maxLength: 9}
  mesage: c
descriptoin: []
"""
SAID = """
held.yaml:5: name, constraint 2: schema: JSON Schema has no 'patern'
held.yaml:7: name, constraint 3: there is no key 'mesage' (did you mean 'm
held.yaml:9: there is no field 'descriptoin' (did you mean 'des
policy.yaml:2: update_guard:server:show:nme: there is no such rule (did you
policy.yaml:4: a is already in line 3
policy.yaml:5: update_guard:server:update:name: 'role:member role:nothing' is
policy.yaml:6: update_guard:server:update:description: refers to adm, but
policy.yaml:6: update_guard:server:update:description: refers to context_is_ad
policy.yaml:7: b: role:"x is read as one check: quotes would be
policy.yaml:8: c: 5 is not a string
policy.yaml:9: d: refers to itself: d -> e
"""


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(conf):
    for name, text in (('policy', MANY), ('held', MANY_HELD)):
        conf.with_name(f'{name}.yaml').write_text(text)

    done = run('check', '--config-file', conf)
    lines = done.stderr.decode().splitlines()

    assert (done.returncode, done.stdout) == (2, b'')
    expected = SAID.strip().splitlines()
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected, strict=True):
        assert line.startswith(f'{conf.parent}/{start}')
    assert "(did you mean 'context_is_admin'?)" in done.stderr.decode()


def test_a_backup_beside_policy_files_is_a_warning(conf):
    policies = conf.with_name('policy.d')
    policies.mkdir()
    conf.write_text(conf.read_text() + f'policy_dirs = {policies}\n')
    (policies / 'b.yaml.bak').write_text('# Nothing\n')

    done = run('check', '--config-file', conf)

    said = f'{policies}/b.yaml.bak: is read as a policy file'
    assert (done.returncode, done.stderr) == (1, b'')
    assert said in done.stdout.decode()


@pytest.mark.parametrize('text', ['a: [', '- a\n', ''])
def test_what_may_follow_from_a_file_without_rules_is_not_told(conf, text):
    policies = conf.with_name('policy.d')
    policies.mkdir()
    conf.write_text(conf.read_text() + f'policy_dirs = {policies}\n')
    conf.with_name('policy.yaml').write_text(text)
    (policies / 'b.yaml').write_text('b: rule:a\nc: 5\n')
    conf.with_name('held.yaml').write_text('nme: []\n')

    done = run('check', '--config-file', conf)
    held, number, whole = done.stderr.decode().splitlines()

    assert held.startswith(f'{conf.parent}/held.yaml:1: there is no field')
    assert whole.startswith(f'{conf.parent}/policy.yaml:')
    assert number == f'{policies}/b.yaml:2: c: 5 is not a string'


@pytest.mark.parametrize(
    ('text', 'places'),
    [
        ('a: 5\nb: rule:a\n', [1]),
        ('a: "role:x and"\nb: rule:a\n', [1]),
        ('a: !!binary x\nb: rule:a\nc: 5\n', [1, 3]),
        ('"a ": 5\n', [1]),
        ('a: rule:b\nb: rule:c\nc: rule:b\nd: rule:d\n', [2, 4]),
        ('- !!binary x\n', [1]),
        ('update_guard:server:create:name: "\\u202e"\n', [1]),
    ],
)
def test_a_mistake_is_told_once_and_not_where_it_is_referred_to(
    conf, text, places
):
    policy = conf.with_name('policy.yaml')
    policy.write_text(text)

    done = run('check', '--config-file', conf)
    lines = done.stderr.decode().splitlines()

    assert [line.split(': ')[0] for line in lines] == [
        f'{policy}:{line}' for line in places
    ]


@pytest.mark.parametrize(
    ('text', 'places'),
    [
        ('name: !!binary x\nnme: []\n', [1, 2]),
        ('- !!binary x\n', [1]),
        ('name: [{schema: {maxLength: 2026-01-01}, message: a}]\n', [1]),
    ],
)
def test_a_mistake_in_yaml_is_no_second_one_of_a_constraint(
    conf, text, places
):
    held = conf.with_name('held.yaml')
    held.write_text(text)

    done = run('check', '--config-file', conf)
    lines = done.stderr.decode().splitlines()

    assert [line.split(': ')[0] for line in lines] == [
        f'{held}:{line}' for line in places
    ]


def test_a_start_tells_the_first_twenty_mistakes_and_check_all(conf):
    policy = conf.with_name('policy.yaml')
    policy.write_text(''.join(f'r{number}: 5\n' for number in range(23)))

    with pytest.raises(PolicyError) as error:
        update_guard({}, oslo_config_file=str(conf))
    *first, last = str(error.value).splitlines()
    done = run('check', '--config-file', conf)

    assert done.stderr.decode().splitlines()[:20] == first
    assert len(done.stderr.decode().splitlines()) == 23
    assert last == 'and 3 more: nova-update-guard check lists all'


@pytest.mark.parametrize('text', ['[update_guard]\ncount = none\n', 'x'])
def test_options_are_checked_too(conf, text):
    conf.write_text(text)

    done = check('--config-file', conf, cwd=conf.parent)

    assert done.returncode == 2
    assert str(conf) in done.stderr


def test_the_check_warns_of_what_strict_clients_need(conf):
    policy = conf.with_name('policy.yaml')
    policy.write_text('\nupdate_guard:server:show:created: role:admin\n')

    done = check('--config-file', conf, cwd=conf.parent)

    assert (done.returncode, done.stderr) == (1, '')
    assert f'{policy}:2: update_guard:server:show:created: ' in done.stdout
    assert 'Tempest' in done.stdout


def test_the_check_warns_of_a_text_that_opens_a_rule(conf):
    policy = conf.with_name('policy.yaml')
    policy.write_text(f'{NAME}: "not \'true\':%(server.locked)s"\n')

    done = check('--config-file', conf, cwd=conf.parent)

    assert (done.returncode, done.stderr) == (1, '')
    assert f"{policy}:1: {NAME}: %(server.locked)s is never 'true'" in (
        done.stdout
    )


def test_the_check_warns_of_a_policy_that_allows_everything(conf):
    policy = conf.with_name('policy.yaml')
    names = [rule.name for rule in defaults.list_rules()]
    policy.write_text(''.join(f'{name}: "@"\n' for name in names))

    done = check('--config-file', conf, cwd=conf.parent)

    assert (done.returncode, done.stderr) == (1, '')
    assert 'show:* allow everybody' in done.stdout


def test_without_nova_its_file_is_checked_by_itself(conf, monkeypatch):
    monkeypatch.setitem(sys.modules, 'nova', None)
    novas = conf.with_name('nova.yaml')
    novas.write_text('"compute:gett": "role:a and"\n')

    done = run('check', '--config-file', conf, '--nova-policy-file', novas)
    *_, problem, nothing = done.stdout.decode().splitlines()

    assert (done.returncode, done.stderr) == (1, b'')
    assert problem.startswith(f"{novas}:1: compute:gett: 'role:a and' is not")
    assert 'run this with the Python of nova-api' in nothing


@pytest.mark.parametrize('text', [b'a: "@"\nb: \xe9\n', None])
def test_a_file_of_nova_that_cannot_be_read_is_an_error(conf, text):
    novas = conf.with_name('nova.yaml')
    if text:
        novas.write_bytes(text)

    done = run('check', '--config-file', conf, '--nova-policy-file', novas)
    (said,) = done.stderr.decode().splitlines()

    assert (done.returncode, done.stdout) == (2, b'')
    assert f'{novas}' in said


KEYSTONE = {
    'auth_type': 'password',
    'auth_url': 'http://127.0.0.1:5000',
    'username': 'nova',
    'password': 'not-to-be-told',
}


def proxys(options, nova_endpoints='http://127.0.0.1:8774'):
    """The sections of the proxy, with other *options* of keystone."""
    lines = [
        f'{name} = {value}'
        for name, value in {**KEYSTONE, **options}.items()
        if value is not None
    ]
    return '\n'.join(
        [
            f'[proxy]\nnova_endpoints = {nova_endpoints}',
            '[keystone_authtoken]',
            *lines,
            '',
        ]
    )


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'password': None}, 'password: it is missing'),
        ({'password': ''}, 'password: it is missing'),
        ({'username': None}, 'username or user_id: it is missing'),
        ({'auth_type': None}, 'auth_type: it is not set'),
        *(
            ({'auth_url': url}, 'auth_url: it is not of the form http(s)://')
            for url in (
                *('127.0.0.1:5000', 'keystone', 'http://k:0', 'http://k:9e9'),
                *('http://', 'ftp://k', 'http://a:not-to-be-told@k:99999'),
            )
        ),
    ],
)
def test_what_the_proxy_lacks_to_ask_keystone_is_an_error(conf, options, said):
    conf.write_text(conf.read_text() + proxys(options))

    done = run('check', '--config-file', conf)
    (line,) = done.stderr.decode().splitlines()

    assert (done.returncode, done.stdout) == (2, b'')
    lines = conf.read_text().splitlines()
    name = said.partition(':')[0]
    place = ''.join(
        f':{number}'
        for number, given in enumerate(lines, 1)
        if given.startswith(f'{name} = ')
    )
    assert line.startswith(f'{conf}{place}: [keystone_authtoken] {said}')
    assert 'not-to-be-told' not in line


@pytest.mark.parametrize(
    'url',
    [
        *('127.0.0.1:8774', 'nova', 'http://nova:0', 'http://[::1', 'http://'),
        *('http://nova:99999', 'http://nova:x', 'ftp://nova'),
        'http://nova:8774/v2.1',
    ],
)
def test_an_endpoint_of_nova_that_is_none_is_an_error(conf, url):
    conf.write_text(conf.read_text() + proxys({}, url))

    done = run('check', '--config-file', conf)
    (line,) = done.stderr.decode().splitlines()

    assert (done.returncode, done.stdout) == (2, b'')
    number = conf.read_text().split('\n').index(f'nova_endpoints = {url}') + 1
    assert line.startswith(f'{conf}:{number}: [proxy] nova_endpoints: {url!r}')


def test_a_configuration_of_the_proxy_without_a_mistake_is_none(conf):
    conf.write_text(conf.read_text() + proxys({}))

    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (0, b'')


def test_errors_of_options_and_of_rules_are_told_together(conf):
    wrong = proxys({'password': None}, 'nova:8774')
    conf.write_text(conf.read_text() + wrong)
    conf.with_name('policy.yaml').write_text('a: 5\n')

    done = run('check', '--config-file', conf)
    password, endpoints, rule = done.stderr.decode().splitlines()

    assert 'nova_endpoints' in endpoints
    assert 'password' in password
    assert rule.endswith('policy.yaml:1: a: 5 is not a string')


def test_an_option_of_another_group_hides_no_mistake_of_a_rule(conf):
    wrong = '[update_guard_metrics]\npth = /metrics\n'
    conf.write_text(conf.read_text() + wrong)
    conf.with_name('policy.yaml').write_text('a: 5\n')

    done = run('check', '--config-file', conf)
    option, rule = done.stderr.decode().splitlines()

    assert "has no option 'pth'" in option
    assert rule.endswith('policy.yaml:1: a: 5 is not a string')


def test_an_option_of_the_guard_hides_none_of_keystone(conf):
    text = conf.read_text() + 'field_polcy = off\n'
    conf.write_text(text + proxys({'password': None}))

    done = run('check', '--config-file', conf)
    unknown, password = sorted(done.stderr.decode().splitlines(), key=len)[
        ::-1
    ]

    assert unknown.startswith(f"{conf}:4: [update_guard] has no option 'field")
    assert password.startswith(f'{conf}: [keystone_authtoken] password')


WRONG = """
[update_guard]
field_polcy = off
one_parameter = on
max_body_bytes = 1000  # bytes
policy_file = nowhere.yaml  # ours
allowed_field_sets = name+nme
decision_plaintext_fields = nme
decision_sample: 0.5
[proxxy]
connect_timeout = 1
[proxy]
read_timeout = soon
client_tmeout = 3
[update_guard_metrics]
directroy = /x
"""
FOUND = """
3: [update_guard] has no option 'field_polcy' (did you mean 'field_policy'?)
4: [update_guard] one_parameter: Valid values are
5: [update_guard] max_body_bytes: '1000  # bytes' is not a whole number
6: [update_guard] policy_file = nowhere.yaml  # ours: there is no such file
7: [update_guard] allowed_field_sets: there is no field 'nme'
8: [update_guard] decision_plaintext_fields: there is no field 'nme'
10: there is no group [proxxy] (did you mean 'proxy'?)
13: [proxy] read_timeout: 'soon' is not a number
14: [proxy] has no option 'client_tmeout' (did you mean 'client_timeout'?)
16: [update_guard_metrics] has no option 'directroy' (did you mean 'directory'
"""


def test_all_mistakes_in_options_are_told_at_once_with_their_lines(conf):
    conf.write_text(WRONG)

    done = run('check', '--config-file', conf)
    keystone, *lines = done.stderr.decode().splitlines()

    assert keystone.startswith(f'{conf}: [keystone_authtoken] auth_type: it')
    for line, said in zip(lines, FOUND.strip().splitlines(), strict=True):
        assert line.startswith(f'{conf}:{said}')
        # Of a number and a name with a comment.
        has_hint = 'what begins with # there' in line
        assert has_hint is said.startswith(('5:', '6:'))


WRONG_EVERYWHERE = """
[update_guard]
field_polcy = off
policy_file = nowhere.yaml
[proxi]
[proxy]
nova_endpoints = nova:8774
connect_timeout = nan
[keystone_authtoken]
auth_type = password
auth_url = keystone:5000
username = guard
password = not-to-be-told #b
region_nme = a
interfac = public
token_cache_time = 5m
[oslo_policy]
remote_timeout = soon
[healthcheck]
detailed = perhaps
[update_guard_metrics]
path = /metrics
allowed_networks = 127.0.0.1/32
pth = /metrics
[DEFAULT]
debug = perhaps
field_policy = audit
"""
FOUND_EVERYWHERE = """
3: [update_guard] has no option 'field_polcy'
4: [update_guard] policy_file = nowhere.yaml: there is no such file
5: there is no group [proxi] (did you mean 'proxy'?)
7: [proxy] nova_endpoints: 'nova:8774' is not of the form
8: [proxy] connect_timeout = nan: it takes seconds
11: [keystone_authtoken] auth_url: it is not of the form
14: [keystone_authtoken] region_nme: there is no such option (did you mean
15: [keystone_authtoken] interfac: there is no such option (did you mean
16: [keystone_authtoken] token_cache_time: '5m' is not a whole number
18: [oslo_policy] remote_timeout: 'soon' is not a number
20: [healthcheck] detailed: Unexpected boolean value 'perhaps'
22: [update_guard_metrics] path: set directory, too
24: [update_guard_metrics] has no option 'pth'
26: [DEFAULT] debug: Unexpected boolean value 'perhaps'
27: [DEFAULT] field_policy has no effect there
"""


def test_a_mistake_in_a_group_hides_none_in_another(conf):
    conf.write_text(WRONG_EVERYWHERE)

    said = run('check', '--config-file', conf).stderr.decode()

    assert 'not-to-be-told' not in said
    for line, found in zip(
        said.splitlines(),
        FOUND_EVERYWHERE.strip().splitlines(),
        strict=True,
    ):
        assert line.startswith(f'{conf}:{found}')


def test_a_file_that_is_named_by_a_relative_path_is_told_by_it(
    conf, monkeypatch
):
    monkeypatch.chdir(conf.parent)
    conf.write_text('[oslo_policy]\nremote_timeout = soon\n')

    said = run('check', '--config-file', conf.name).stderr.decode()

    assert said.startswith(f'{conf.name}:2: [oslo_policy] remote_timeout: ')


def test_an_auth_type_that_is_none_hides_no_other_mistake(conf):
    wrong = {'auth_type': 'pasword', 'token_cache_time': '5m', 'usernme': 'a'}
    conf.write_text(conf.read_text() + proxys(wrong))

    said = run('check', '--config-file', conf).stderr.decode().splitlines()

    for line, problem in zip(
        said,
        (
            '7: [keystone_authtoken] auth_type = pasword: there is no such',
            "11: [keystone_authtoken] token_cache_time: '5m' is not a whole",
            '12: [keystone_authtoken] usernme: there is no such option (did',
        ),
        strict=True,
    ):
        assert line.startswith(f'{conf}:{problem}')


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('body_timeout =\n', ':4: [update_guard] body_timeout is empty'),
        ('decision_sample =\n', ':4: [update_guard] decision_sample is empt'),
        ('decision_log = ${SECRET.x}\n', ':4: [update_guard] decision_log: '),
        ('decision_log = $decision_log\n', ':4: [update_guard] decision_lo'),
        (
            proxys({'memcache-security-strategy': 'ENCRYPT'}),
            ':11: [keystone_authtoken] memcache-security-strategy: there is no'
            " such option (did you mean 'memcache_security_strategy'?)",
        ),
        *(
            (
                proxys({'password': value}),
                ':10: [keystone_authtoken] password: write $ as $$',
            )
            for value in ('a${SECRET.x}', '$SECRET', '$password')
        ),
    ],
)
def test_a_value_that_cannot_be_read_hides_no_other_mistake(conf, text, said):
    text += '[update_guard]\nfield_polcy = off\n'
    conf.write_text(conf.read_text() + text)

    told = run('check', '--config-file', conf).stderr.decode()

    assert f'{conf}{said}' in told
    assert "[update_guard] has no option 'field_polcy'" in told
    assert ('SECRET' in told) is ('decision_log = ${' in text)


@pytest.mark.parametrize('section', ['other', 'Other'])
def test_an_option_of_another_section_is_told_without_a_wrong_line(
    conf, section
):
    text = proxys({'auth_section': section})
    conf.write_text(f'{conf.read_text()}{text}[Other]\nauth_type = nope\n')

    said = run('check', '--config-file', conf).stderr.decode()

    assert ':13: [keystone_authtoken] auth_type = nope: there is no s' in said


def test_a_reference_to_no_option_hides_no_other_mistake(conf):
    conf.write_text(
        '[update_guard]\ndecision_log = $nope\nfield_polcy = off\n'
    )

    lines = run('check', '--config-file', conf).stderr.decode()

    assert f"{conf}:3: [update_guard] has no option 'field_polcy'" in lines
    assert f'{conf}:2: [update_guard] decision_log: no such option' in lines
    assert 'write $ as $$' in lines


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        (
            'one_parameter = off\nfield_policy = off\none_parameter = audit\n',
            ': [update_guard] one_parameter is given in lines 4, 6: only the',
        ),
        (
            'decision_log = decisions.log  # ours\n',
            ':4: [update_guard] decision_log: what begins with # there is',
        ),
        (
            proxys({'project_name': 'service # ours'}),
            ':11: [keystone_authtoken] project_name: what begins with # there',
        ),
        (
            'allowed_field_sets = name, description\n',
            'one update, as in name+description',
        ),
        (
            'allowed_field_sets = name\n',
            'one update, as in name+description',
        ),
        (
            proxys({}, 'http://a') + 'password = a\n',
            ': [keystone_authtoken] password is given in lines ',
        ),
    ],
)
def test_an_option_that_is_hardly_meant_is_a_warning(conf, text, said):
    conf.write_text(conf.read_text() + text)

    done = run('check', '--config-file', conf)
    found = done.stdout.decode()

    assert (done.returncode, done.stderr) == (1, b'')
    assert said in found


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        (
            '[oslo_middleware]\nenable_proxy_header_parsing = true\n',
            ":5: [oslo_middleware] has no option 'enable_proxy_header_parsing'"
            " (did you mean 'enable_proxy_headers_parsing'?)",
        ),
        (
            '[oslo_midleware]\nenable_proxy_headers_parsing = true\n',
            ':4: there is no group [oslo_midleware] (did you mean',
        ),
        (
            '[healthcheck]\nbackends = disable_by_file\n'
            'disable_by_file_pth = /drain\n',
            ":6: [healthcheck] has no option 'disable_by_file_pth'",
        ),
        (
            '[healthcheck]\nbackend = disable_by_file\n',
            "'backend' (did you mean 'backends'?)",
        ),
        (
            '[healthcheck]\ndisable_by_file_path = /drain\n',
            ':5: [healthcheck] disable_by_file_path has no effect: set '
            'backends = disable_by_file, too',
        ),
        (
            '[healthcheck]\nbackends = disable_by_file\n',
            ':5: [healthcheck] backends = disable_by_file has no effect: set '
            'disable_by_file_path, too',
        ),
        (
            '[healthcheck]\nbackends = disable_by_file\n'
            'disable_by_file_paths = /drain\n',
            ':5: [healthcheck] backends = disable_by_file has no effect',
        ),
        (
            '[healthcheck]\nbackends = disable_by_fil\n',
            ":5: [healthcheck] backends: there is no 'disable_by_fil' (did "
            "you mean 'disable_by_file'?)",
        ),
        (
            '[cors]\nallowed_origins = https://dashboard\n',
            "(did you mean 'allowed_origin'?)",
        ),
        (
            '[oslo_polcy]\nremote_timeout = 5\n',
            ':4: there is no group [oslo_polcy]',
        ),
        (
            '[DEFAULT]\nuse_jsn = true\n',
            ":5: [DEFAULT] has no option 'use_jsn' (did you mean 'use_json'?)",
        ),
        (
            '[cors]\nmax_age = 1\nmax_age = 2\n',
            '[cors] max_age is given in lines 5, 6',
        ),
    ],
)
def test_an_option_of_others_without_effect_is_a_warning(
    conf, caplog, text, said
):
    conf.write_text(conf.read_text() + text)

    update_guard({}, oslo_config_file=str(conf))
    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (1, b'')
    assert said in done.stdout.decode()
    assert any(said in each for each in caplog.messages)


@pytest.mark.parametrize('number', [4, 1])
def test_an_option_of_the_guard_in_the_default_group_is_an_error(conf, number):
    """A layer that is meant to be audited would be enforced."""
    text = '[DEFAULT]\none_parameter = audit\nread_timeout = 5\n'
    before = conf.read_text()
    conf.write_text(before + text if number > 1 else text + before)

    with pytest.raises(OptionError) as stopped:
        update_guard({}, oslo_config_file=str(conf))
    done = run('check', '--config-file', conf)

    said = [
        f'{conf}:{number + 1}: [DEFAULT] one_parameter has no effect there: '
        'it belongs into [update_guard]',
        f'{conf}:{number + 2}: [DEFAULT] read_timeout has no effect there: '
        'it belongs into [proxy]',
    ]
    assert (done.returncode, done.stdout) == (2, b'')
    assert done.stderr.decode().splitlines() == said
    assert str(stopped.value).splitlines() == [MARK + each for each in said]


@pytest.mark.parametrize(
    'text',
    [
        '[DEFAULT]\ndebug = true\nlog-file = a\ntransport_url = rabbit://\n',
        '[DEFAULT]\nlogfile = a\nuse_json = true\n',
        '[healthcheck]\nbackends = disable_by_file, enable_by_files\n'
        'disable_by_file_path = /drain\nenable_by_file_paths = /up\n',
        '[healthcheck]\nbackends =\ndetailed = true\n',
        '[cors]\nallowed_origin = https://dashboard\n',
        '[oslo_messaging_notifications]\ntopics = a\n',
        '[another]\none_parameter = audit\n',
    ],
)
def test_an_option_of_others_that_has_an_effect_is_no_warning(conf, text):
    conf.write_text(conf.read_text() + text)

    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (0, b'')


@pytest.mark.parametrize(
    ('name', 'more'),
    [
        ('nova.conf', ''),
        ('copy.conf', '[api_database]\n[keystone_authtoken]\nusername = a\n'),
    ],
)
def test_what_nova_conf_has_of_nova_is_no_warning(conf, name, more):
    """Nor is a copy of it, whatever its name, a file of the proxy's."""
    novas = conf.rename(conf.with_name(name))
    novas.write_text(
        f'{novas.read_text()}{more}[DEFAULT]\npolicy_file = a\n'
        'use_jsn = true\n[oslo_policy]\npolicy_fil = a\n'
        '[cors]\nallowed_origins = a\n[healthcheck]\nbackend = a\n'
    )

    done = run('check', '--config-file', novas)

    assert (done.returncode, done.stderr) == (0, b'')


@pytest.mark.parametrize(
    'text',
    [
        'policy_dirs = {0}\npolicy_dirs = {0}\n',
        'allowed_field_sets = name+description\n',
        'host_id_key = 0123456789abcdef #1\n',
        '# one_parameter = off\none_parameter = off\n',
        'decision_log = a#b\n',
        proxys({'password': 'not-to-be-told #1'}),
        '[database]\n[oslo_policy]\npolicy_dirs = a\npolicy_dirs = b\n',
    ],
)
def test_an_option_that_can_be_meant_is_no_warning(conf, text):
    conf.write_text(conf.read_text() + text.format(conf.parent / 'd'))
    (conf.parent / 'd').mkdir()

    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (0, b'')


def test_what_nova_takes_from_its_own_file_is_not_checked(conf):
    novas = conf.rename(conf.with_name('nova.conf'))
    novas.write_text(
        f'{novas.read_text()}[keystone_authtoken]\nauth_type = password\n'
    )

    done = run('check', '--config-file', novas)

    assert (done.returncode, done.stderr) == (0, b'')


def recorded(conf, log):
    conf.write_text(conf.read_text() + f'decision_log = {log}\n')
    return run('check', '--config-file', conf)


def test_a_missing_folder_of_decisions_is_an_error(conf, tmp_path):
    log = tmp_path / 'missing' / 'decisions.log'
    done = recorded(conf, log)

    assert done.returncode == 2
    assert done.stderr.decode() == (
        f'{conf}: [update_guard] decision_log = {log}: there is no folder '
        f'{log.parent}: make it, for the user who runs the guard\n'
    )


def test_a_folder_that_the_unit_may_make_is_a_warning(conf, tmp_path):
    log = tmp_path / 'missing' / 'decisions.log'
    conf.write_text(f'{conf.read_text()}decision_log = {log}\n{proxys({})}')
    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (1, b'')
    assert 'unless the unit of the proxy makes it' in done.stdout.decode()


def test_a_pipe_in_the_place_of_decisions_is_a_warning(conf, tmp_path):
    log = tmp_path / 'decisions.log'
    os.mkfifo(log)
    conf.write_text(f'{conf.read_text()}decision_log = {log}\n')
    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (1, b'')
    assert 'it is a pipe: without somebody who reads it' in (
        done.stdout.decode()
    )


def test_the_pipe_that_check_writes_to_is_none_of_the_guards(conf):
    conf.write_text(f'{conf.read_text()}decision_log = /dev/stdout\n')
    done = run('check', '--config-file', conf)

    assert (done.returncode, done.stderr) == (0, b'')


def test_a_folder_in_the_place_of_decisions_is_an_error(conf, tmp_path):
    done = recorded(conf, tmp_path)

    assert done.returncode == 2
    assert 'it is a folder: name a file' in done.stderr.decode()


@pytest.mark.parametrize('exists', [True, False])
def test_decisions_that_this_user_cannot_write_are_a_warning(
    conf, tmp_path, monkeypatch, exists
):
    log = tmp_path / 'decisions.log'
    if exists:
        log.touch()
    access, asked = os.access, []

    def without_writing(path, mode):
        asked.append((path, mode))
        return mode != os.W_OK and access(path, mode)

    # The user of the tests may be root, who can write everywhere.
    monkeypatch.setattr(os, 'access', without_writing)
    done = recorded(conf, log)

    assert (done.returncode, done.stderr) == (1, b'')
    assert 'the user who runs this check cannot write' in done.stdout.decode()
    assert (log if exists else tmp_path, os.W_OK) in asked


def test_the_check_makes_no_file_of_decisions(conf, tmp_path):
    done = recorded(conf, tmp_path / 'decisions.log')

    assert done.returncode == 0
    assert not (tmp_path / 'decisions.log').exists()


PASTE = """
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/v2.1: api
[pipeline:api]
pipeline = {}
[filter:guard]
use = egg:nova_update_guard#update_guard
[app:app]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory
"""


@pytest.mark.parametrize(
    ('pipeline', 'status', 'said'),
    [
        ('guard app', 0, ''),
        ('app', 1, 'its requests are not guarded'),
        ('nothing app', 1, 'could not be checked'),
    ],
)
def test_the_pipelines_of_a_paste_file_are_checked(
    pipeline, status, said, conf, tmp_path
):
    paste = tmp_path / 'api-paste.ini'
    paste.write_text(PASTE.format(pipeline))
    done = run('check', '--config-file', conf, '--paste-file', paste)
    *_, last = done.stdout.decode().splitlines()

    assert done.returncode == status
    assert said in last
    assert last.startswith(f'{paste}: ' if said else 'one_parameter refuses')


def test_a_paste_file_that_is_missing_is_named(conf, tmp_path):
    missing = tmp_path / 'api-paste.ini'
    done = run('check', '--config-file', conf, '--paste-file', missing)

    assert done.returncode == 2
    assert f'{missing}: there is no such file' in done.stderr.decode()
