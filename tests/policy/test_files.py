"""A policy file that cannot be used stops the start, and is named."""

import os
from pathlib import Path

import pytest

from nova_update_guard.deploy.filters import update_guard
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.mistakes import PolicyError

NAME = 'update_guard:server:update:name'


def start(**options):
    return update_guard({}, **options)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('a: [', ['policy.yaml:1: ']),
        ('- a', ['policy.yaml', 'mapping']),
        ('# of\na: 5', ['policy.yaml:2: ', 'a', '5']),
        ('a: "role:\\e[31mred"', ['policy.yaml:1: ', r'\x1b[31m']),
        ('a: "role:\\u202egnp"', ['policy.yaml:1: ', r'\u202egnp']),
        ('a: "role:x\\u00a0or role:y"', ['policy.yaml:1: ', 'invisible']),
        ('5: a', ['policy.yaml:1: ', 'a', '5']),
        # YAML 1.1 has a key "=", whose value PyYAML takes for the mapping.
        ('a: !!str {=: "@", x: "!"}', ['policy.yaml:1: ', 'scalar']),
        ('!!null\n=: x\na: "!"', ['policy.yaml:1: ', 'scalar']),
        (
            'update_guard:server:show:nme: "@"',
            ['update_guard:server:show:nme'],
        ),
    ],
)
def test_a_broken_policy_stops_the_start_and_the_error_names_the_line(
    tmp_path, text, words
):
    file = tmp_path / 'policy.yaml'
    file.write_text(text)

    with pytest.raises(PolicyError) as error:
        start(policy_file=str(file))

    assert [word for word in words if word not in str(error.value)] == []


@pytest.mark.parametrize(
    ('text', 'line', 'said'),
    [
        (f'# of\n{NAME}: !\n', 2, 'put the value in quotes, as in "!"'),
        (f'{NAME}: ! role:member\n', 1, 'put the value in quotes, as in "!"'),
        (f'{NAME}: @\n', 1, 'begins with @ in quotes, as in "@"'),
        (f'{NAME}: %(user_id)s:a\n', 1, 'begins with % in quotes, as in "%"'),
        (f'{NAME}: *\n', 1, 'begins with * in quotes'),
        (f'{NAME}:\n\trole:a\n', 2, 'indent by spaces'),
        (f'{NAME}: "role:a" or role:b\n', 1, 'put the whole value in quotes'),
        (f'{NAME}:role:a\n', 0, 'with a space after the colon'),
        (f'a: role:a\n{NAME}:role:a\n', 2, 'with a space after the colon'),
        (f'{NAME}:role:a\na: role:a\n', 2, 'here and in the line before'),
        (f'"{NAME}":"role:a"\na: "!"\n', 1, 'with a space after the colon'),
        (
            'name: [{schema: {maxLength: 9}, message: a}]\n',
            1,
            'constraints have a file of their own, the option constraints_fi',
        ),
        (
            'update_guard:server:update:*: role:a\n',
            1,
            'there is no wildcard: write each rule',
        ),
        (
            f'{NAME}: role:a\n{NAME}: role:b\n',
            2,
            'join the two checks by "and" if both shall hold',
        ),
    ],
)
def test_the_message_about_a_mistake_says_what_to_do(
    tmp_path, text, line, said
):
    file = tmp_path / 'policy.yaml'
    file.write_text(text)

    with pytest.raises(PolicyError) as error:
        start(policy_file=str(file))

    (mistake,) = error.value.mistakes
    assert mistake.place == (file, line)
    assert said in str(mistake)


def test_a_file_that_cannot_be_read_is_named_with_who_must(
    tmp_path, monkeypatch
):
    file = tmp_path / 'policy.yaml'
    file.write_text('# nothing')
    # Nothing is closed to root, and not every user has a name.
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    monkeypatch.setattr(os, 'getegid', lambda: 987654)
    monkeypatch.setattr(Path, 'read_bytes', closed)

    with pytest.raises(PermissionError) as error:
        start(policy_file=str(file))

    assert str(error.value) == (
        f'{file}: the user root, who runs this, cannot read it: chgrp 987654 '
        f'{file}; chmod g+r {file}'
    )


def closed(path):
    raise PermissionError(13, 'Permission denied', str(path))


@pytest.mark.parametrize('data', [b'', b' \n', b'\xef\xbb\xbf'])
def test_an_empty_policy_file_stops_the_start(tmp_path, data):
    file = tmp_path / 'policy.yaml'
    file.write_bytes(data)

    with pytest.raises(PolicyError, match='is empty; for the defaults'):
        start(policy_file=str(file))


@pytest.mark.parametrize('stands', ['a pipe', 'a link to a folder'])
def test_an_entry_of_a_policy_folder_that_is_no_file_stops_the_start(
    tmp_path, stands
):
    folder = tmp_path / 'policy.d'
    (folder / 'a real folder').mkdir(parents=True)
    path = folder / 'a.yaml'
    if stands == 'a pipe':
        os.mkfifo(path)
    else:
        path.symlink_to(folder / 'a real folder')

    with pytest.raises(PolicyError, match=r'a\.yaml: is not a regular file'):
        start(policy_dirs=str(folder))


def revision(policy, constraints='none'):
    files = PolicyFiles(
        str(policy), [], lambda name: name, f'{policy.parent}/{constraints}'
    )
    return files.read().revision


def test_a_copy_under_another_name_has_the_same_revision(tmp_path):
    policy, copy, other = (tmp_path / name for name in ('p', 'q', 'r'))
    policy.write_text('a: "@"')
    copy.write_text('a: "@"')
    other.write_text('a: "!"')

    assert revision(policy) == revision(copy) != revision(other)


def test_a_file_of_constraints_has_another_revision_than_rules(tmp_path):
    policy = tmp_path / 'p'
    policy.write_text('# nothing')
    (tmp_path / 'c').write_text('# nothing')
    twice = PolicyFiles('', [str(tmp_path)], lambda name: name or None, '')

    assert revision(policy, 'c') != twice.read().revision
