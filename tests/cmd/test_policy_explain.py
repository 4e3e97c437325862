"""``policy explain`` says what the guard decides, and why."""

import json

import pytest

from nova_update_guard.compute_api.microversions import MAX
from tests.cmd.running import run

NAME = 'update_guard:server:update:name'
HOST = 'OS-EXT-SRV-ATTR:host'
SERVER = {
    'id': 's1',
    'name': 'vm1',
    'tenant_id': 'p1',
    'user_id': 'u1',
    'adminPass': 'sesame',
    HOST: 'host-1',
}
UPDATE = '{"server": {"name": "new"}}'
FILES = ('server.json', 'token.json', 'none.json')
PATH = '/v2.1/servers/s1'
TOKEN = {
    'token': {
        'expires_at': '2026-01-01T00:00:00Z',
        'issued_at': '2026-01-01T00:00:00Z',
        'user': {'id': 'u7', 'name': 'a', 'domain': {'id': 'd', 'name': 'D'}},
        'project': {
            'id': 'p1',
            'name': 'a',
            'domain': {'id': 'd', 'name': 'D'},
        },
        'roles': [{'id': 'r', 'name': 'reader'}],
    }
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'policy.yaml').write_text(f'\n{NAME}: role:member\n')
    (tmp_path / 'server.json').write_text(json.dumps({'server': SERVER}))
    (tmp_path / 'token.json').write_text(json.dumps(TOKEN))
    (tmp_path / 'body.json').write_text(UPDATE)
    (tmp_path / 'guard.conf').write_text(
        f'[update_guard]\npolicy_file = {tmp_path}/policy.yaml\n'
    )
    return tmp_path


@pytest.fixture
def explain(folder):
    def explain(*arguments):
        named = [
            f'{folder}/{each}' if each in FILES else each for each in arguments
        ]
        config = folder / 'guard.conf'
        return run('policy', 'explain', '--config-file', config, *named)

    return explain


def test_a_refusal_is_shown_as_the_client_reads_it(explain, folder):
    done = explain(
        *('--roles', 'reader', '--path', PATH, '--method', 'PUT'),
        *('--body', UPDATE, '--server', 'server.json'),
    )

    assert (done.returncode, done.stderr) == (0, b'')
    text = done.stdout.decode()
    assert 'decision   refused\n' in text
    assert '"code": 403' in text
    assert f'no         {NAME}  [{folder}/policy.yaml:2]\n' in text
    assert 'no           role:member\n' in text


@pytest.mark.parametrize(
    ('field', 'is_otherwise'), [('name', False), ('hostname', True)]
)
def test_without_a_microversion_the_oldest_counts_and_is_named(
    explain, field, is_otherwise
):
    asked = (
        *('--roles', 'member', '--path', PATH, '--method', 'PUT'),
        *('--body', f'{{"server": {{"{field}": "new"}}}}'),
        *('--server', 'server.json'),
    )

    text = explain(*asked).stdout.decode()
    found = json.loads(explain(*asked, '-f', 'json').stdout)

    assert ', microversion 2.1 (none was given)\n' in text
    hint = f'otherwise at microversion {MAX}: --microversion\n'
    assert (hint in text) is is_otherwise
    assert (found['decision']['otherwise_at'] == str(MAX)) is is_otherwise


@pytest.mark.parametrize(
    'arguments',
    [
        ('--microversion', '2.1'),
        ('--header', 'openstack-api-version: compute 2.1'),
        ('--header', 'X-OpenStack-Nova-API-Version: 2.1'),
        ('--path', '/v2/servers/s1'),
    ],
)
def test_a_microversion_that_is_given_or_cannot_be_is_no_matter(
    explain, arguments
):
    done = explain(
        *('--roles', 'member', '--path', PATH, '--method', 'PUT'),
        *('--body', '{"server": {"hostname": "new"}}', *arguments),
    )

    text = done.stdout.decode()
    assert 'decision   refused\n' in text
    assert '(none was given)' not in text
    assert 'otherwise at' not in text


def test_the_file_of_a_body_is_read(explain, folder):
    done = explain(
        *('--roles', 'member', '--path', PATH, '--method', 'put'),
        *('--body', f'@{folder}/body.json', '-f', 'json'),
    )

    found = json.loads(done.stdout)
    assert found['decision']['result'] == 'allowed'


def test_as_json_it_says_the_same(explain):
    done = explain(
        *('--roles', 'reader', '--path', PATH, '--server', 'server.json'),
        *('-f', 'json', '--microversion', '2.96'),
    )

    found = json.loads(done.stdout)
    assert found['decision']['hidden'].keys() == {HOST}
    assert 'name' in found['decision']['shown']
    assert [rule['check'] for rule in found['rules']] == [
        f'update_guard:server:show:{HOST}'
    ]
    assert found['caller']['roles'] == ['reader']
    assert b'sesame' not in done.stdout


def test_a_token_names_the_caller(explain):
    done = explain('--token', 'token.json', '--rule', NAME)

    text = done.stdout.decode()
    assert 'user_id u7' in text
    assert 'roles reader' in text
    assert f'no         {NAME}' in text


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (
            ('--rule', 'update_guard:server:update:nme'),
            f'did you mean {NAME!r}',
        ),
        (('--path', 'v2.1/servers'), 'begins with a slash'),
        (('--path', PATH, '--server', 'none.json'), 'none.json: No such file'),
        (('--path', PATH, '--server', 'token.json'), 'is no server'),
        (('--path', PATH, '--body', '{}'), '--body: name the --method'),
        (
            ('--path', PATH, '--method', 'PUT', '--body', '@none'),
            'none: No such file',
        ),
        (('--path', PATH, '--header', 'x'), 'write NAME: VALUE'),
        (('--path', PATH, '--method', 'P T'), "--method 'P T'"),
        (('--path', PATH, '--microversion', 'a\nb'), '--microversion'),
        (('--path', PATH, '--microversion', '96'), 'no microversion'),
        (('--path', PATH, '--roles', 'a b'), 'separate roles by commas'),
        (('--path', PATH, '--roles', 'a;b'), 'separate roles by commas'),
        (('--path', PATH, '--roles', '["a"]'), 'separate roles by commas'),
        (('--path', PATH, '--token', 'token.json'), '--roles: a token has it'),
        (('--path', PATH, '--is-admin-project', 'ja'), 'neither true nor'),
        ((), 'one of the arguments --rule --path'),
        (('--rule', NAME, '--body', '{}'), '--body goes with --path'),
    ],
)
def test_a_bad_argument_is_named(explain, arguments, said):
    done = explain('--roles', 'reader', *arguments)

    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stdout == b''


def test_a_caller_must_be_named(explain):
    done = explain('--rule', NAME)

    assert done.returncode == 2
    assert b'name the caller: --roles' in done.stderr


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('{\n"server": }', 'server.json:2: '),
        ('[]', 'server.json: is no server'),
        ('\udcff', 'server.json: is not JSON'),
        ('{"servers": [{}]}', 'server.json: is no server'),
        (
            '{"id": "s1", "name": "a", "project_id": "p1", "status": "UP"}',
            'server.json: is a server as the openstack client shows it',
        ),
    ],
)
def test_a_bad_server_document_is_named(explain, folder, text, said):
    data = text.encode('utf-8', 'surrogateescape')
    (folder / 'server.json').write_bytes(data)
    done = explain('--roles', 'a', '--path', PATH, '--server', 'server.json')

    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_control_characters_do_not_reach_the_terminal(explain):
    done = explain('--roles', 'a\x1b[31m', '--path', f'{PATH}\x1b[31m')

    assert b'\x1b' not in done.stdout


def test_keys_of_a_list_are_judged_without_a_server(explain, folder):
    rule = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'
    (folder / 'policy.yaml').write_text(f'{rule}: "user_id:%(user_id)s"\n')
    done = explain(
        *('--roles', 'reader', '--user', 'u1', '--server', 'server.json'),
        *('--path', '/v2.1/servers?host=a'),
    )

    text = done.stdout.decode()
    assert 'decision   refused' in text
    assert f'depends    {rule}' in text


@pytest.mark.parametrize(
    'path', ['/v2.1/servers/\xfc', '/v2.1/servers/%zz', '/servers/\udcff']
)
def test_odd_paths_are_explained_or_refused(explain, path):
    done = explain('--roles', 'reader', '--path', path)

    assert done.returncode in (0, 2)
    assert b'Traceback' not in done.stderr


def test_the_body_of_a_refusal_is_byte_for_byte_that_of_the_guard(explain):
    done = explain(
        *('--roles', 'member', '--path', PATH, '--method', 'PUT'),
        *('--body', '{"server": {"name": 7}}'),
    )

    body = done.stdout.decode().splitlines()[5].strip()
    assert json.loads(body)['badRequest']['code'] == 400


def test_values_of_the_caller_that_are_not_the_usual_ones_are_said(explain):
    done = explain(
        *('--roles', 'a', '--is-admin-project', 'false', '--rule', NAME)
    )

    assert b'is_admin_project False' in done.stdout


def test_what_is_hidden_is_not_known_without_the_server(explain):
    done = explain('--roles', 'reader', '--path', PATH)

    assert b'hidden     not known without the server' in done.stdout


def test_what_is_hidden_is_judged_by_the_server_after_the_update(
    explain, folder
):
    rule = 'update_guard:server:show:tenant_id'
    (folder / 'policy.yaml').write_text(f'{rule}: "\'vm1\':%(server.name)s"\n')
    done = explain(
        *('--roles', 'member', '--path', PATH, '--method', 'PUT'),
        *('--body', UPDATE, '--server', 'server.json'),
    )

    text = done.stdout.decode()
    assert f'tenant_id (by {rule})' in text
    assert f'no         {rule}' in text
    assert "'vm1':%(server.name)s  ['vm1' is not 'new']" in text.replace(
        '"', ''
    )


def test_a_rule_about_a_lists_keys_and_its_servers_has_both_trees(
    explain, folder
):
    rule = f'update_guard:server:show:{HOST}'
    (folder / 'policy.yaml').write_text(f'{rule}: "user_id:%(user_id)s"\n')
    with (folder / 'guard.conf').open('a') as file:
        file.write('response_redaction = audit\n')
    done = explain(
        *('--roles', 'reader', '--server', 'server.json', '-f', 'json'),
        *('--path', '/v2.1/servers/detail?host=a'),
    )

    found = json.loads(done.stdout)
    assert found['decision']['result'] == 'allowed'
    assert found['decision']['violations'][0]['reason'] == rule
    assert found['rules'][0]['result'] == 'depends'
