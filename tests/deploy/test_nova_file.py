"""nova's policy files are read as nova reads them, and mistakes are found."""

import logging

import pytest

from nova_update_guard.deploy import nova_file
from nova_update_guard.policy.mistakes import PolicyError

KNOWN = {
    'os_compute_api:servers:update',
    'os_compute_api:servers:delete',
    'admin_or_owner',
}


@pytest.fixture
def said(tmp_path):
    """Return the messages about a file, without its folder."""

    def said(*texts):
        paths = []
        for number, text in enumerate(texts):
            data = text if isinstance(text, bytes) else text.encode()
            paths.append(tmp_path / f'nova{number}.yaml')
            paths[-1].write_bytes(data)
        found = nova_file.read(map(str, paths))
        problems = [*found.problems, *nova_file.unknown(found, KNOWN)]
        return [
            text.replace(f'{tmp_path}/', '')
            for text in nova_file.messages(problems)
        ]

    return said


@pytest.mark.parametrize(
    'text',
    [
        '',
        '# nothing\n',
        '{}',
        '{"admin_or_owner": "",\n "os_compute_api:servers:update": []}',
        '{"admin_or_owner": [["role:a", "role:b"], ["is_admin:True"], "@"]}',
        'admin_or_owner: "@"\nmine: role:x\n'
        '"os_compute_api:servers:update": "rule:mine"\n',
        'default: "!"\n',
        '"a": &a "@"\nadmin_or_owner: *a\ndefault: "rule:a"\n',
    ],
)
def test_what_nova_takes_is_not_a_problem(said, text):
    assert said(text) == []


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (
            '\nadmin_or_owner: "role:a and"\n',
            "nova0.yaml:2: admin_or_owner: 'role:a and' is not valid in the "
            "policy language: a check is missing after 'and' (word 2); nova "
            'takes that for a no',
        ),
        (
            '\n\nadmin_or_owner: [["role"]]\n',
            "nova0.yaml:3: admin_or_owner: [['role']] is not valid in the "
            'policy language; nova takes that for a no',
        ),
        (
            'admin_or_owner: not rule:admin_or_ovner\n',
            'nova0.yaml:1: admin_or_owner: refers to admin_or_ovner, but '
            "there is no rule of that name (did you mean 'admin_or_owner'?); "
            'nova takes that for a no',
        ),
        (
            'admin_or_owner: rule:nope\ndefault: "@"\n',
            'nova0.yaml:1: admin_or_owner: refers to nope, but there is no '
            "rule of that name; nova takes the rule 'default' instead",
        ),
        (
            'os_compute_api:servers:updaet: role:a\n',
            'nova0.yaml:1: os_compute_api:servers:updaet: this nova has no '
            'such rule, and none refers to it (did you mean '
            "'os_compute_api:servers:update'?)",
        ),
        (
            'a: "@"\nb: "@"\nc: "@"\n',
            'nova0.yaml:1: a: this nova has no such rule, and none refers to '
            'it; also line 2 (b), 3 (c)',
        ),
        (
            'admin_or_owner: "@"\n\nadmin_or_owner: "!"\n',
            'nova0.yaml:1: admin_or_owner: is in line 3 too, and nova takes '
            'that',
        ),
        (
            '\nadmin_or_owner: role:context_is_admin\n',
            'nova0.yaml:2: admin_or_owner: role:context_is_admin is a role '
            'with the name of a rule: write rule:context_is_admin',
        ),
        (
            'admin_or_owner: not role:a,role:b\n',
            'nova0.yaml:1: admin_or_owner: role:a,role:b is read as one '
            'check: join two checks by " or " or " and "',
        ),
        *(
            (
                f'admin_or_owner: {value}\n',
                f'nova0.yaml:1: admin_or_owner: {value!r} is not a string, '
                'and nova takes it for everybody',
            )
            for value in (0, {})
        ),
        (
            'admin_or_owner:\n',
            'nova0.yaml:1: admin_or_owner: None is not a string, and nova '
            'takes it for everybody',
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(said, caplog, text, message):
    with caplog.at_level(logging.DEBUG):
        assert said(text) == [message]

    assert not caplog.records


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        (b'a: "@"\n\tb: "@"\n', ':2: '),
        (b'a: "@"\n# caf\xe9\nb: "@"\n', ':2: is not in UTF-8'),
        (b'a: "@"\n\nb: \x01\n', ':3: has a character that YAML lacks'),
        (b'{"a": "@",\n "b": "@"\n "c": "@"}', ':3: '),
        (b'a: *nope\n', ':1: '),
        (b'a: "@"\nb: 5\n', ':2: b: 5 is not a string'),
        (b'a: "@"\nb: [5]\n', ':2: b: [5] is not a string'),
        (
            b'a: "@"\nb: yes\n',
            ':2: b: True is not a string (YAML reads yes, on or true as a '
            'boolean: put the text in quotes)',
        ),
        (b'a: "@"\n5: "@"\n', ':2: 5 is no name'),
        (b'a: 2001-01-01\n', ':1: a: datetime.date'),
        (b'a: 2001-99-01\n', ': cannot be read: ValueError'),
        (b'- a\n', ' is not a mapping of rules'),
        (b'a\n', ' is not a mapping of rules'),
        (b'[' * 5000, ': cannot be read: RecursionError'),
        (b'? [a]\n: b\n', ':1: '),
        (b'a: !!python/object:os.system x\n', ':1: '),
        (b'a: "@"\n---\nb: "@"\n', ':2: '),
    ],
)
def test_a_file_that_nova_does_not_start_with_is_refused(said, data, message):
    with pytest.raises(PolicyError) as error:
        said(data)

    assert message in str(error.value)
    assert str(error.value).endswith('; nova does not start with it')
    assert '\n' not in str(error.value)


def test_many_places_of_one_problem_are_shortened(said):
    (message,) = said(''.join(f'a{number:02}: "@"\n' for number in range(30)))

    assert message.endswith(', 9 (a08), and 21 more')


def test_later_files_override_earlier_ones(tmp_path, said):
    assert said('admin_or_owner: "role:a and"\n', 'admin_or_owner: "@"\n') == [
        "nova0.yaml:1: admin_or_owner: 'role:a and' is not valid in the "
        "policy language: a check is missing after 'and' (word 2); nova "
        'takes that for a no'
    ]
    found = nova_file.read(map(str, sorted(tmp_path.iterdir())))
    assert found.rules == {'admin_or_owner': '@'}
    assert str(found.places['admin_or_owner']).endswith('nova1.yaml:1')


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(PolicyError, match='not a regular file'):
        nova_file.read([str(tmp_path)])
