"""``nova-update-guard check`` over policy files of an installed nova."""

import pytest

from tests.cmd.running import program

UPDATE = 'os_compute_api:servers:update'


@pytest.fixture
def check(tmp_path):
    """Return the exit status, the messages and the errors of a check."""
    conf = tmp_path / 'guard.conf'
    (tmp_path / 'policy.yaml').write_text('# The defaults.\n')
    conf.write_text(f'[update_guard]\npolicy_file = {tmp_path}/policy.yaml\n')

    def check(*texts):
        arguments = []
        for number, text in enumerate(texts):
            file = tmp_path / f'nova{number}.json'
            file.write_text(text)
            arguments += ['--nova-policy-file', file]
        done = program('check', '--config-file', conf, *arguments)
        lines = done.stdout.decode().splitlines()
        # Files, the revision, and the clients that the defaults refuse.
        return done.returncode, lines[len(texts) + 3 :], done.stderr.decode()

    return check


def test_nova_with_its_defaults_has_no_problem(check):
    assert check('{}') == (0, [], '')


def test_each_problem_and_difference_is_one_line(check):
    status, said, errors = check(
        '{"admin_or_owner": [["is_admin:True"],'
        ' ["project_id:%(project_id)s"]],\n'
        '"compute:create": "",\n'
        '"os_compute_api:os-shelve:unshelf": "role:a and",\n'
        '"os_compute_api:servers:rebuild": "rule:context_is_adminn"}',
        f'{{"{UPDATE}": "rule:admin_or_owner"}}',
    )

    ends = [line.partition('nova0.json:')[2] for line in said]
    assert (status, errors) == (1, '')
    assert [end.partition(': ')[0] for end in ends] == [
        *('2', '3', '3', '4'),
        '',
    ]
    assert 'unshelve' in ends[2]
    assert 'context_is_admin' in ends[3]
    assert said[4].startswith(f"nova's policy {UPDATE} lets reader, service, ")
