"""A policy file that cannot be used stops the start, and is named."""

import os

import pytest

from nova_update_guard.deploy.filters import update_guard
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.mistakes import PolicyError


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
