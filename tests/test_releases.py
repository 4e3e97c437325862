"""The command that tries every release of nova tells what it found."""

import configparser
import dataclasses
from pathlib import Path

import pytest

from tests.releases import __main__ as command
from tests.releases import page, pythons, results
from tests.releases.__main__ import PAGE, main
from tests.releases.results import Result
from tests.releases.table import PYTHONS, RELEASES, Difference

ROOT = Path(__file__).parents[1]
GOOD = Result(
    release=RELEASES[0].name,
    nova=RELEASES[0].nova,
    python=RELEASES[0].pythons[0],
    key=results.key(RELEASES[0]),
    seed=1,
    newest=95,
    examples={'routes': 3000, 'verdicts': 3000},
    reached={'routes': 500, 'verdicts': 900},
    later=['pinned_availability_zone (2.96)'],
    steps=11,
    differences=[],
    problems=[],
    seconds=60,
)
ORDER = Difference('another order', 'It is of no matter.', 'in the order')
KNOWN = RELEASES[0]._replace(differences=(ORDER,))


@pytest.fixture(autouse=True)
def unchanged(monkeypatch):
    """Let the key of GOOD hold, though a file may change meanwhile."""
    monkeypatch.setattr(results, 'key', lambda release: GOOD.key)


@pytest.fixture
def runs(monkeypatch):
    """The calls that would run a release."""
    calls = []

    def run(*arguments):
        calls.append(arguments)
        return GOOD

    monkeypatch.setattr(command, 'run', run)
    return calls


def test_every_release_of_the_table_has_its_tox_environment():
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / 'tox.ini')
    numbers = ','.join(one.env.removeprefix('nova') for one in RELEASES)

    assert tox.has_section(f'testenv:nova{{{numbers}}}')


def test_every_python_of_the_guard_has_a_release():
    declared = {python for one in RELEASES for python in one.pythons}

    assert declared == {*PYTHONS}
    assert all(one.pythons for one in RELEASES)


def test_the_package_declares_the_pythons_of_the_table():
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    classifiers = setup['metadata']['classifiers'].split('\n')
    head = 'Programming Language :: Python :: 3.'

    assert [
        f'3.{line.removeprefix(head)}'
        for line in classifiers
        if line.startswith(head)
    ] == [*PYTHONS]
    assert setup['options']['python_requires'] == f'>={PYTHONS[0]}'


def test_a_known_difference_is_named_and_no_problem():
    found = results.explained(GOOD, KNOWN, ['the rows are in the order of'])

    assert found.is_good
    assert found.differences == ['another order']


def test_a_difference_that_the_table_does_not_have_is_a_problem():
    found = results.explained(GOOD, KNOWN, ['in the order', 'a new one'])

    assert found.problems == ['a new one']
    assert not found.is_good


def test_a_known_difference_that_is_gone_is_a_problem():
    found = results.explained(GOOD, KNOWN, [])

    assert found.problems == ['another order: this difference is gone']


def test_a_difference_that_takes_many_examples_need_not_be_found():
    rare = KNOWN._replace(differences=(ORDER._replace(always=False),))

    assert results.explained(GOOD, rare, []).is_good


def test_a_story_that_failed_stays_a_problem():
    failed = dataclasses.replace(GOOD, problems=['the story failed'])

    assert results.explained(failed, RELEASES[-1], []).problems == [
        'the story failed'
    ]


def test_a_result_covers_as_many_examples_of_each_generator_or_fewer():
    assert GOOD.covers(RELEASES[0], 3000)
    assert not GOOD.covers(RELEASES[0], 3001)
    fewer = dataclasses.replace(GOOD, examples={'routes': 3, 'verdicts': 9000})
    assert not fewer.covers(RELEASES[0], 3000)


@pytest.mark.parametrize(
    'changed',
    [{'key': 'of another guard'}, {'problems': ['one']}, {'examples': {}}],
)
def test_a_result_that_is_old_or_bad_covers_nothing(changed):
    assert not dataclasses.replace(GOOD, **changed).covers(RELEASES[0], 0)


def test_a_result_is_read_as_it_was_written(tmp_path):
    file = results.path(tmp_path, '2025.1', '3.12')
    results.write(file, GOOD)

    assert results.read(file) == GOOD
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize('text', ['', '{"release": ', '{}', '[]', 'null'])
def test_a_broken_result_is_none(text, tmp_path):
    file = tmp_path / 'one.json'
    file.write_text(text)

    assert results.read(file) is None
    assert results.read(tmp_path / 'none.json') is None


def test_the_page_tells_what_ran_what_did_not_and_what_need_not():
    text = page.page(
        RELEASES, {(GOOD.release, GOOD.python): GOOD}, 'the command'
    )
    lines = {
        line.split(' | ')[0].strip('| '): line.strip('| ').split(' | ')
        for line in text.splitlines()
        if line.startswith('| 20')
    }

    assert [*lines] == [one.name for one in RELEASES]
    for one in RELEASES:
        cells = dict(zip(PYTHONS, lines[one.name][2:], strict=True))
        for python, cell in cells.items():
            if (one.name, python) == (GOOD.release, GOOD.python):
                assert cell == '11 steps, 6,000 requests, 0 disagreements'
            else:
                is_declared = python in one.pythons
                assert cell == ('not run' if is_declared else 'n/a')
    assert 'pinned_availability_zone (2.96)' in text


def test_the_page_names_each_problem():
    bad = dataclasses.replace(GOOD, problems=['a new one'], steps=0)

    text = page.page(RELEASES, {(bad.release, bad.python): bad}, 'command')

    assert 'no steps, 6,000 requests, 1 disagreements' in text
    assert '**not explained**: a new one' in text


def test_the_page_of_the_documentation_has_the_releases_of_the_table():
    text = PAGE.read_text()

    for one in RELEASES:
        assert f'| {one.name} | {one.nova} |' in text
    assert 'not explained' not in text


def test_a_kept_result_is_not_run_again(tmp_path, capsys, runs):
    file = results.path(tmp_path, GOOD.release, GOOD.python)
    results.write(file, GOOD)
    options = ['--release', GOOD.release, '--folder', str(tmp_path)]
    written = tmp_path / 'page.md'

    assert main([*options, '--markdown', str(written)]) == 0
    assert runs == []
    assert '(kept)' in capsys.readouterr().out
    assert '11 steps, 6,000 requests' in written.read_text()


def test_a_result_of_another_guard_is_run_again(
    tmp_path, monkeypatch, capsys, runs
):
    file = results.path(tmp_path, GOOD.release, GOOD.python)
    results.write(file, GOOD)
    monkeypatch.setattr(results, 'key', lambda release: 'of another guard')

    assert main(['--release', GOOD.release, '--folder', str(tmp_path)]) == 0
    assert [(release.name, python) for release, python, *_ in runs] == [
        (GOOD.release, GOOD.python)
    ]
    assert '(kept)' not in capsys.readouterr().out


def test_a_release_that_is_not_there_is_named_with_those_that_are(capsys):
    with pytest.raises(SystemExit):
        main(['--release', '2019.1'])

    said = capsys.readouterr().err
    assert "'2019.1'" in said
    assert RELEASES[-1].name in said


def test_a_python_that_is_missing_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pythons, '_candidates', lambda version: [])
    pythons.python.cache_clear()
    try:
        options = ['--release', '2023.1', '--folder', str(tmp_path)]
        assert main(options) == 1
    finally:
        pythons.python.cache_clear()

    said = capsys.readouterr().out
    assert f'There is no Python {RELEASES[0].pythons[0]}' in said
    assert [*tmp_path.glob('*.json')] == []


def test_a_python_is_found_by_its_version():
    assert pythons.python('3.0') is None
